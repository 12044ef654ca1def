"""What may be shown of a secret: nothing of a key, and of a URL only where it leads."""

import re
from collections.abc import Iterable
from typing import NoReturn
from urllib.parse import quote

_URL = re.compile(r"(?i)\b([a-z][a-z0-9+.-]*://)([^\s\"'<>]*)")
_HOST = re.compile(r"(\[[0-9a-fA-F:.]+\]|[\w.-]*)(:\d+)?")
_SCHEME_OF_CREDENTIAL = re.compile(r"(?i)\b(bearer|basic|token)\s+[\w.~+/=-]+")
_NAMED_CREDENTIAL = re.compile(
    r"(?i)\b((?:x-)?api[-_ ]?key|token|secret|password|authorization|signature|sig)"
    r"(\"?\s*[=:]\s*)(?!\s*…)[^\s,;]+"
)


def without_secrets(text: str, length: int = 300, *, secrets: Iterable[str] = ()) -> str:
    """Shorten somebody else's sentence and take out URLs but for their host, and credentials.

    Args:
        secrets: values known to be secret, taken out wherever they stand.
    """
    for secret in sorted(
        {form for value in secrets for form in (value, quote(value, safe=""))}, key=len, reverse=True
    ):
        if secret:
            text = text.replace(secret, "…")
    text = _URL.sub(lambda found: f"{found[1]}{_host(found[2])}/…", text)
    text = _SCHEME_OF_CREDENTIAL.sub(r"\1 …", text)
    text = _NAMED_CREDENTIAL.sub(r"\1\2…", text)
    # One line without control characters: the sentence may end up in a terminal, a log or a CSV.
    text = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return text if len(text) <= length else text[: length - 1] + "…"


def shown_url(url: str | None) -> str:
    """Return what may be shown of a URL, such as `https://hooks.example.com/…`; nothing for None."""
    if not url:
        return ""
    scheme, separator, rest = url.partition("://")
    return f"{scheme}://{_host(rest)}/…" if separator and scheme.isalnum() else "…"


def _host(rest: str) -> str:
    """The host and port at the start of what follows a URL's scheme."""
    authority = re.split(r"[/?#\\]", rest, maxsplit=1)[0]
    if ":" in authority and "@" in rest[len(authority) :] and "@" not in authority:
        return ""  # a password with such a sign in it, or a path: only its writer knows
    match = _HOST.match(authority.rpartition("@")[2])
    return match[0] if match else ""


class Secret:
    """A value that shows nothing of itself; `reveal` gives it to who really needs it.

    It is no `str`, so that it can't slip into a message, a file or a request by accident.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the value itself."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"

    def __str__(self) -> str:
        return "…"

    def __format__(self, spec: str) -> str:
        return "…"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError(
            "a Secret can't be pickled or copied into a file: pass the settings by environment instead"
        )
