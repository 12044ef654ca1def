"""Where key, base URL, ledger and rate cap come from: the environment, `.env`, the keyring.

Without a key everything runs on the process's own sandbox.
"""

import atexit
import functools
import math
import os
import shutil
import stat
import tempfile
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from edges_nb.errors import BadInput
from edges_nb.redaction import Secret, shown_url

DEFAULT_BASE = "https://api.edges.run/v1"

_SERVICE = "edges-nb"
"""The service under which the keyring keeps the key, with the variable's name as user name."""


@dataclass(frozen=True)
class Settings:
    """How to reach a workspace, and where to keep the record of what is done to it.

    Attributes:
        ledger: a path or an SQLAlchemy URL.
        max_rps: requests a second that are never exceeded, None for no cap.
        sandbox: whether the workspace is a sandbox's.
    """

    key: Secret
    base_url: str
    ledger: str = field(repr=False)  # an address may hold a password
    max_rps: float | None = None
    sandbox: bool = False

    def __post_init__(self) -> None:
        _check_key(self.key)
        _check_base(self.base_url)

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None, folder: Path | None = None) -> "Settings":
        """Read the environment, then `.env`, then the keyring.

        Args:
            folder: where `.env` is, the working directory when absent.

        Raises:
            BadInput: a value can't be used.
        """
        given = _Given(os.environ if environ is None else environ, _dotenv(folder or Path.cwd()))
        max_rps = _positive("EDGES_MAX_RPS", given.get("EDGES_MAX_RPS"))
        base_url = _base(given.get("EDGES_API_BASE") or DEFAULT_BASE)
        key = given.get("EDGES_API_KEY") or _key_in_keyring()
        if key:
            ledger = _ledger(given.get("EDGES_LEDGER"))
            return cls(Secret(key), base_url, ledger, max_rps, _is_sandbox(key, base_url))
        from edges_nb.sandbox import shared_sandbox

        sandbox = shared_sandbox()
        return cls(Secret(sandbox.key), sandbox.base_url, _passing_ledger(), max_rps, sandbox=True)


class ServedSandbox(Protocol):
    """A sandbox that answers until it is stopped."""

    @property
    def base_url(self) -> str:
        """What to set EDGES_API_BASE to."""

    @property
    def key(self) -> str:
        """What to set EDGES_API_KEY to."""

    def advance(self, step: timedelta) -> datetime:
        """Let so much time go by in it, and return its new present moment."""

    def lost(self, uid: str) -> int:
        """How many contacts a schedule of it lost for good."""

    def stop(self) -> None:
        """Stop answering."""


def serve_sandbox(port: int = 0) -> ServedSandbox:
    """Start a sandbox with a workspace of its own on a port of 127.0.0.1, any free one when 0.

    Raises:
        BadInput: the port can't be had.
    """
    from edges_nb.sandbox import Sandbox

    try:
        return Sandbox(port=port).start()
    except (OSError, OverflowError):
        raise BadInput(f"Port {port} can't be had: choose another one, or 0 for any that is free.") from None


@dataclass(frozen=True, repr=False)
class _Given:
    """Values by name: of the environment first, of `.env` where it has none."""

    environ: Mapping[str, str]
    dotenv: Mapping[str, str | None]

    def get(self, name: str) -> str:
        return (self.environ.get(name) or self.dotenv.get(name) or "").strip()


def ledger_from_env(environ: Mapping[str, str] | None = None, folder: Path | None = None) -> str:
    """Return where the ledger is kept, a path or an SQLAlchemy URL; no key is needed for it.

    Args:
        folder: where `.env` is, the working directory when absent.
    """
    given = _Given(os.environ if environ is None else environ, _dotenv(folder or Path.cwd()))
    return _ledger(given.get("EDGES_LEDGER"))


def is_loopback(host: str) -> bool:
    """Whether a host's name or address is this machine's own."""
    import ipaddress

    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _check_key(key: Secret) -> None:
    value = key.reveal()
    # The HTTP library's own complaint about such a header would show the value.
    if not value or not value.isascii() or not value.isprintable() or " " in value:
        raise BadInput("EDGES_API_KEY holds characters that no key has: copy it again from Edges' settings.")


def _base(text: str) -> str:
    base = text.rstrip("/")
    _check_base(base)
    return base


def _check_base(base_url: str) -> None:
    try:
        parts = urlsplit(base_url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise BadInput("EDGES_API_BASE is no URL: write it like https://api.edges.run/v1.") from None
    if parts.scheme not in ("https", "http") or not host or any(sign.isspace() for sign in base_url):
        raise BadInput("EDGES_API_BASE is no URL: write it like https://api.edges.run/v1.")
    if parts.username is not None or parts.query or parts.fragment:
        raise BadInput(
            f"EDGES_API_BASE ({shown_url(base_url)}) holds a user name, a query or a fragment: leave these "
            "out, the key goes into EDGES_API_KEY."
        )
    if parts.scheme == "http" and not is_loopback(host):
        raise BadInput(
            f"EDGES_API_BASE ({shown_url(base_url)}) is plain http, which would show the key to the network: "
            "use https."
        )


def _positive(name: str, text: str) -> float | None:
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value > 0):
        raise BadInput(
            f"{name} is {text!r}: set it to a number above 0, or leave it out for no cap of your own."
        )
    return value


def _ledger(text: str) -> str:
    if "://" in text:
        return text
    if text:
        return str(Path(text).expanduser())
    import platformdirs

    return str(platformdirs.user_data_path("edges-nb", appauthor=False) / "ledger.sqlite")


@functools.cache
def _passing_ledger() -> str:
    """The ledger of the process's own sandbox, as new in every process as that workspace is."""
    folder = tempfile.mkdtemp(prefix="edges-nb-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return str(Path(folder) / "ledger.sqlite")


def _is_sandbox(key: str, base_url: str) -> bool:
    if not is_loopback(urlsplit(base_url).hostname or ""):
        return False
    from edges_nb.sandbox import SANDBOX_KEY

    return key == SANDBOX_KEY


def _dotenv(folder: Path) -> Mapping[str, str | None]:
    path = folder / ".env"
    if not path.is_file():
        return {}
    from dotenv import dotenv_values

    try:
        values = dotenv_values(path, interpolate=False)
    except (OSError, UnicodeDecodeError):
        raise BadInput(
            f"{path.name} in the working directory can't be read: correct it or take it away."
        ) from None
    if values.get("EDGES_API_KEY") and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        warnings.warn(
            "Others on this machine can read the key in .env: run `chmod 600 .env`.",
            UserWarning,
            stacklevel=3,
        )
    return values


def _key_in_keyring() -> str:
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        return ""
    try:
        return (keyring.get_password(_SERVICE, "EDGES_API_KEY") or "").strip()
    except KeyringError:  # there is no keyring on this machine, or it stays locked
        return ""
