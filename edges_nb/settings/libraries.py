"""Variables that the libraries below read: checked before they fail in their own way."""

import ipaddress
import os
import re
import ssl
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import getproxies

from edges_nb.errors import BadInput
from edges_nb.settings.values import is_host, is_loopback, is_one_word

PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")
CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "SSLKEYLOGFILE")
OTHERS = (
    *("NO_PROXY", "HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR", "TMPDIR"),
    *("JUPYTER_PATH", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"),
    *("MPLBACKEND", "MATPLOTLIBRC", "MPLCONFIGDIR", "PYTHON_KEYRING_BACKEND", "COLUMNS", "NO_COLOR", "TERM"),
    *("LC_ALL", "LANG", "PYTHONIOENCODING", "PYTHONUTF8", "TZ"),
)


_NAMES_HOSTS = re.compile(r"(https?://)?[\w*.-]+(:\d{1,5})?(/.*)?", re.ASCII)


def check_libraries(base_url: str) -> None:
    """Check what requests to an address will use; what stays on this machine uses none of it.

    Raises:
        BadInput: a sentence for each variable that can't be used; no address is shown.
    """
    if is_loopback(urlsplit(base_url).hostname or ""):
        return
    problems = [*_proxy_problems(), *_exception_problems(), *_certificate_problems()]
    if problems:
        raise BadInput(" ".join(problems))


def certificates() -> ssl.SSLContext | None:
    """Return what REQUESTS_CA_BUNDLE says is trusted, where nothing that the HTTP library reads does."""
    bundle = os.environ.get("REQUESTS_CA_BUNDLE")
    if not bundle or os.environ.get("SSL_CERT_FILE") or os.environ.get("SSL_CERT_DIR"):
        return None
    return _trusting(bundle)


def of_connections() -> list[str]:
    """Return the names of the variables that are set and decide how the world is reached."""
    names = [*map(variable_name, PROXIES), *CERTIFICATES]
    return [name for name in names if os.environ.get(name)]


def variable_name(name: str) -> str:
    """Return how a variable is spelt in this environment: proxies are also written in small letters."""
    return name.lower() if name.lower() in os.environ else name


def _proxy_problems() -> list[str]:
    found = getproxies()
    return [
        f"{variable_name(name)} {told}"
        for name in PROXIES
        if (address := found.get(name.removesuffix("_PROXY").lower()))
        if (told := _wrong_with_proxy(address))
    ]


def _exception_problems() -> list[str]:
    """Return what the HTTP library would fail on in NO_PROXY."""
    entries = [entry.strip() for entry in getproxies().get("no", "").split(",")]
    if all(not entry or _NAMES_HOSTS.fullmatch(entry) or _is_ipv6(entry) for entry in entries):
        return []
    return [
        f"{variable_name('NO_PROXY')} has an entry that can't be understood: write names of hosts, or "
        "addresses without brackets, separated by commas."
    ]


def _is_ipv6(entry: str) -> bool:
    try:
        return bool(ipaddress.IPv6Address(entry))
    except ValueError:
        return False


def _wrong_with_proxy(address: str) -> str:
    example = "write it like http://proxy.example.com:3128, or leave it out."
    try:
        # The HTTP library takes an address without a scheme for one of http.
        parts = urlsplit(address if "://" in address else f"http://{address}")
        host, _ = parts.hostname, parts.port
    except ValueError:
        return f"is not a valid address: {example}"
    if not is_host(host or "") or not is_one_word(address):
        return f"is not a valid address: {example}"
    if parts.scheme in ("socks5", "socks5h", "socks4", "socks"):
        if parts.scheme not in ("socks5", "socks5h"):
            return "names a SOCKS proxy of an old kind: write socks5://."
        return "" if find_spec("socksio") else "names a SOCKS proxy: run pip install 'edges-nb[socks]'."
    return "" if parts.scheme in ("http", "https") else f"has a scheme that no proxy has: {example}"


def _certificate_problems() -> list[str]:
    return [
        f"{name} is {path}, {told}: correct it or leave it out."
        for name in CERTIFICATES
        if (path := os.environ.get(name)) and (told := _wrong_with_certificates(path, name))
    ]


def _wrong_with_certificates(text: str, name: str) -> str:
    path = Path(text)
    if name == "SSLKEYLOGFILE":
        return "" if path.parent.is_dir() and not path.is_dir() else "in which nothing can be written"
    if name == "SSL_CERT_DIR" or (name == "REQUESTS_CA_BUNDLE" and path.is_dir()):
        return "" if all(Path(part).is_dir() for part in text.split(os.pathsep)) else "which is no folder"
    if not path.is_file():
        return "which is no file"
    try:
        _trusting(text)
    except (OSError, ValueError):  # ssl.SSLError is an OSError
        return "which holds no certificates that can be read"
    return ""


def _trusting(place: str) -> ssl.SSLContext:
    if Path(place).is_dir():
        return ssl.create_default_context(capath=place)
    return ssl.create_default_context(cafile=place)
