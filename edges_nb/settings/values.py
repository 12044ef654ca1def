"""What our settings may be, each with the sentence that says why not."""

import os
import re
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from edges_nb.redaction import shown_url

DEFAULT_BASE = "https://api.edges.run/v1"

_NO_URL = f"EDGES_API_BASE is not a valid URL (example: {DEFAULT_BASE})."
_HOST = re.compile(r"([\w-]{1,63}\.)*[\w-]{1,63}\.?", re.ASCII)
_SQLITE = re.compile(r"sqlite(?:\+pysqlite)?:///([^?]+)")


def is_loopback(host: str) -> bool:
    """Whether a host's name or address is this machine's own."""
    import ipaddress

    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_host(text: str) -> bool:
    """Whether a text can be a host's name or address; names of other scripts stand as `xn--…`."""
    import ipaddress

    try:
        return bool(ipaddress.ip_address(text))
    except ValueError:
        return bool(_HOST.fullmatch(text))


def check_key(value: str) -> None:
    """Raise ValueError for a key that no header can carry; the sentence does not show it."""
    # The HTTP library's own complaint about such a header would show the value.
    if not value or not value.isascii() or not value.isprintable() or " " in value:
        raise ValueError(
            "EDGES_API_KEY holds characters that no key has: copy it again from Edges' settings."
        )
    if len(value) < 5:
        # It would be found in the notebooks' own text, as if somebody had written it there.
        raise ValueError("EDGES_API_KEY is too short for a key: copy it again from Edges' settings.")


def is_one_word(text: str) -> bool:
    """Whether nothing in a text is a blank or a sign that no encoding writes."""
    return text.isprintable() and " " not in text


def check_base(base_url: str) -> None:
    """Raise ValueError for an address that is none, or that would show the key."""
    try:
        parts = urlsplit(base_url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError(_NO_URL) from None
    if parts.scheme not in ("https", "http") or not is_host(host) or not is_one_word(base_url):
        raise ValueError(_NO_URL)
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError(
            f"EDGES_API_BASE ({shown_url(base_url)}) holds a user name, a query or a fragment: leave these "
            "out, the key goes into EDGES_API_KEY."
        )
    if parts.scheme == "http" and not is_loopback(host):
        raise ValueError(
            f"EDGES_API_BASE ({shown_url(base_url)}) is plain http, which would show the key to the network: "
            "use https."
        )


def ledger_place(text: str) -> str:
    """Return a ledger's path, absolute from here on, or its address as it is.

    Raises:
        ValueError: it is neither; nothing of an address is shown, since a part of it is a password.
    """
    local = _SQLITE.fullmatch(text.partition("?")[0])
    if local and local[1] != ":memory:":
        return _ledger_file(local[1])
    if "://" not in text:
        if re.match(r"(postgres|sqlite|mysql)\w*[+:]", text):
            raise ValueError(
                "EDGES_LEDGER is not a valid address: write postgresql://user:password@host/database."
            )
        return _ledger_file(text)
    try:
        parts = urlsplit(text)
        _ = parts.port
        # A second @ is of a password, whose rest SQLAlchemy would take for the host, and show.
        if text.partition("?")[0].count("@") > ("@" in parts.netloc):
            raise ValueError
    except ValueError:
        raise ValueError(
            "EDGES_LEDGER is not a valid address: check its port, and write special characters of the "
            "password as %XX (an @ as %40)."
        ) from None
    if not re.fullmatch(r"postgres(ql)?(\+psycopg)?", parts.scheme):
        raise ValueError(
            "EDGES_LEDGER can't be a database of this kind: give a path, or postgresql://user:password@host/database."
        )
    if find_spec("psycopg") is None:
        raise ValueError("EDGES_LEDGER names a PostgreSQL database: run pip install 'edges-nb[postgres]'.")
    return text


def _ledger_file(text: str) -> str:
    path = absolute(text, "EDGES_LEDGER")
    if told := wrong_with_ledger(path):
        raise ValueError(f"EDGES_LEDGER is {path}, {told}: set it to a file that you may write.")
    return str(path)


def wrong_with_ledger(path: Path) -> str:
    """Return why no ledger can be kept in a file, as far as that shows without making it; "" if it can."""
    try:
        if path.exists():
            fits = path.is_file() and os.access(path, os.R_OK | os.W_OK)
            return "" if fits else "which is no file that you may read and write"
        folder = next(parent for parent in path.parents if parent.exists())
    except OSError as error:
        return f"which can't be used ({(error.strerror or '').lower()})"
    if folder.is_dir() and os.access(folder, os.W_OK | os.X_OK):
        return ""
    return f"which can't be made: {folder} is no folder that you may write"


def absolute(text: str, name: str) -> Path:
    """Return a path with `~` expanded, seen from the working directory.

    Raises:
        ValueError: there is no home folder to expand it with, or no path has such characters.
    """
    if "\0" in text:
        raise ValueError(f"{name} is not a path: a path holds no such characters.")
    try:
        return Path(text).expanduser().absolute()
    except RuntimeError:
        raise ValueError(
            f"{name} begins with ~, but there is no such home folder: give a full path."
        ) from None
