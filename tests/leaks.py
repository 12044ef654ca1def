"""Where a secret can be read, in whatever form it got there."""

from __future__ import annotations

import base64
import html
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote

LEDGERS = ("*.sqlite*", "private/*")
"""Ledgers and what SQLite keeps beside them hold complete requests, and nobody is meant to read them."""


def traces(content: bytes, secrets: Iterable[str]) -> list[str]:
    """The secrets that are in the content: plain, quoted for URL, JSON or HTML, or in base64."""
    return [secret for secret in secrets if any(form in content for form in _forms(secret))]


def traces_in(folder: Path, secrets: Iterable[str], *, meant: Iterable[str] = LEDGERS) -> list[str]:
    """Where below a folder a secret can be read, but for files that are meant to hold one.

    Args:
        meant: patterns of their names.
    """
    patterns, wanted = tuple(meant), tuple(secrets)
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())
    return [
        f"{path.relative_to(folder)}: {found}"
        for path in files
        if not any(path.match(pattern) for pattern in patterns)
        for found in traces(path.read_bytes(), wanted)
    ]


def _forms(secret: str) -> Iterator[bytes]:
    for text in (secret, quote(secret), quote(secret, safe=""), secret.replace("/", "\\/")):
        yield from (text.encode(), html.escape(text).encode())
    for shift in range(3):  # base64 of the secret looks different at each of three offsets
        code = base64.b64encode(b"\0" * shift + secret.encode())
        core = code[(0, 2, 3)[shift] : len(code.rstrip(b"=")) - 2]
        yield from (core, core.translate(bytes.maketrans(b"+/", b"-_")))
