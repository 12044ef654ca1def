"""What our settings may be, each with the sentence that says why not."""

import re
from pathlib import Path
from urllib.parse import urlsplit

from edges_nb.redaction import shown_url

DEFAULT_BASE = "https://api.edges.run/v1"

_NO_URL = f"EDGES_API_BASE is not a valid URL (example: {DEFAULT_BASE})."
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


def check_key(value: str) -> None:
    """Raise ValueError for a key that no header can carry; the sentence does not show it."""
    # The HTTP library's own complaint about such a header would show the value.
    if not value or not value.isascii() or not value.isprintable() or " " in value:
        raise ValueError(
            "EDGES_API_KEY holds characters that no key has: copy it again from Edges' settings."
        )


def check_base(base_url: str) -> None:
    """Raise ValueError for an address that is none, or that would show the key."""
    try:
        parts = urlsplit(base_url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise ValueError(_NO_URL) from None
    if parts.scheme not in ("https", "http") or not host or re.search(r"[\s\0]", base_url):
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
    if local:
        return str(absolute(local[1], "EDGES_LEDGER"))
    if "://" not in text:
        if re.match(r"(postgres|sqlite|mysql)\w*[+:]", text):
            raise ValueError(
                "EDGES_LEDGER is not a valid address: write postgresql://user:password@host/database."
            )
        return str(absolute(text, "EDGES_LEDGER"))
    try:
        parts = urlsplit(text)
        _ = parts.port
        if text.partition("?")[0].count("@") != parts.netloc.count("@"):
            raise ValueError
    except ValueError:
        raise ValueError(
            "EDGES_LEDGER is not a valid address: check its port, and write special characters of the "
            "password as %XX (an @ as %40)."
        ) from None
    if not re.fullmatch(r"postgres(ql)?(\+psycopg)?|sqlite(\+pysqlite)?", parts.scheme):
        raise ValueError(
            "EDGES_LEDGER can't be a database of this kind: give a path, or postgresql://user:password@host/database."
        )
    return text


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
