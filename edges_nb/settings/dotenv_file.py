"""The file `.env`, in the spellings that editors and shells of all systems write."""

import codecs
import io
import stat
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from edges_nb.errors import BadInput

_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
"""Byte order marks, as Windows puts in front."""


@dataclass(frozen=True)
class DotEnv:
    """What `.env` gives.

    Attributes:
        path: where it is or would be.
        values: by name, without those that are empty.
        problem: why it gives nothing though something of that name is there, "" otherwise.
    """

    path: Path
    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    problem: str = ""


def read_dotenv(folder: Path) -> DotEnv:
    """Read `.env` of a folder.

    Raises:
        BadInput: it can't be read, or gives one of our settings twice or in a line that can't be understood.
    """
    path = folder / ".env"
    if path.is_dir():
        return DotEnv(path, problem=f"{path} is a folder, not a file of settings")
    try:
        if not path.is_file():
            return DotEnv(path)
        values = _values(path, _text(path))
        mode = path.stat().st_mode
    except OSError as error:
        cause = (error.strerror or "").lower()
        raise BadInput(f"{path} can't be read ({cause}): correct its permissions or move it away.") from None
    if values.get("EDGES_API_KEY") and mode & (stat.S_IRWXG | stat.S_IRWXO):
        told = f"Others on this machine can read the key in {path}: run `chmod 600 {path}`."
        warnings.warn(told, UserWarning, stacklevel=4)
    return DotEnv(path, values, "" if "EDGES_API_KEY" in values else f"{path} gives no EDGES_API_KEY")


def _text(path: Path) -> str:
    content = path.read_bytes()
    encoding = next((name for mark, name in _MARKS.items() if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        raise BadInput(f"{path} is not UTF-8 text: save it as UTF-8 or move it away.") from None
    if "\0" in text:
        raise BadInput(f"{path} is not UTF-8 text: save it as UTF-8 or move it away.")
    return text


def _values(path: Path, text: str) -> dict[str, str]:
    from dotenv.parser import parse_stream

    values: dict[str, str] = {}
    for one in parse_stream(io.StringIO(text)):
        if one.error and "EDGES_" in one.original.string:
            raise BadInput(f"Line {one.original.line} of {path} can't be understood: write NAME=value.")
        name, value = one.key or "", (one.value or "").strip()
        if not name or not value:
            continue
        if name.startswith("EDGES_") and values.get(name, value) != value:
            raise BadInput(f"{path} gives {name} twice, with different values: keep one of the lines.")
        values[name] = value
    return values
