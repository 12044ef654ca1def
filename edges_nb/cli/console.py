"""What the command line prints: plain lines that any terminal, pipe or log can take."""

import codecs
import logging
import os
import sys
import unicodedata
import warnings
from contextlib import suppress
from typing import TextIO

_ERRORS = "edges-nb-plain"

_quiet = False


def prepare(*, quiet: bool = False, verbose: bool = False) -> None:
    """Set this process's own output up; it is called by the command line alone.

    Args:
        quiet: say only what is wrong.
        verbose: log each request on standard error.
    """
    global _quiet
    _quiet = quiet
    warnings.showwarning = lambda message, *_args, **_more: complain(str(message))
    if verbose:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(message)s"))
        logger = logging.getLogger("edges_nb")
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)


def make_writable() -> None:
    """Let letters that a terminal's encoding lacks be written by similar ones, instead of failing."""
    codecs.register_error(_ERRORS, _similar)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=_ERRORS)


def say(line: str) -> None:
    """Print a line, unless only what is wrong is wanted."""
    if not _quiet:
        _write(sys.stdout, line)


def complain(sentence: str) -> None:
    """Print what is wrong, on standard error."""
    _write(sys.stderr, f"edges-nb: {sentence}")


def _write(stream: TextIO, line: str) -> None:
    # A reader that has gone, as `head` does, must not stop the work.
    with suppress(OSError, ValueError):
        print(line, file=stream, flush=True)


def let_go() -> None:
    """Drop what could not be written, of which Python would complain when it exits."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            with suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _similar(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    letters = error.object[error.start : error.end].translate(_SIGNS)
    plain = unicodedata.normalize("NFKD", letters).encode("ascii", "ignore").decode()
    return plain or "?", error.end


_SIGNS = str.maketrans({"–": "-", "—": "-", "’": "'", "‘": "'", "“": '"', "”": '"', "→": "->", "·": "-"})
