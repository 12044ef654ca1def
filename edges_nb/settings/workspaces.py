"""The file that names workspaces, each with its key's place."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from edges_nb.errors import BadInput
from edges_nb.redaction import Secret
from edges_nb.settings.sources import SLOWEST, Sources, key_in_keyring
from edges_nb.settings.values import absolute, check_base, ledger_place
from edges_nb.settings.workspace_settings import Settings, default_ledger

_NAME = re.compile(r"[A-Za-z0-9][\w-]{0,63}", re.ASCII)
"""Names are those of folders too, on every file system."""
_VARIABLE = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_OF_A_RUN = ("mode", "approve", "workspace", "out_dir")


def _variable(text: str) -> str:
    if text and not _VARIABLE.fullmatch(text):
        raise ValueError("it is no name of a variable; the key itself never goes into this file")
    return text


def _base(text: str) -> str:
    try:
        check_base(text)
    except ValueError as error:
        raise ValueError(str(error).replace("EDGES_API_BASE", "it").rstrip(".")) from None
    return text.rstrip("/")


def _ledger(text: str) -> str:
    try:
        return ledger_place(text)
    except ValueError as error:
        raise ValueError(str(error).replace("EDGES_LEDGER", "it").rstrip(".")) from None


def _defaults(given: dict[str, Any]) -> dict[str, Any]:
    if refused := [name for name in _OF_A_RUN if name in given]:
        raise ValueError(f"{', '.join(refused)} can't have a default")
    return given


class NamedWorkspace(BaseModel):
    """One table `[workspaces.NAME]`: where its key is, and what differs from the defaults."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)

    key_env: Annotated[str, AfterValidator(_variable)] = ""
    key_keyring: str = ""
    base_url: Annotated[str, AfterValidator(_base)] = ""
    ledger: Annotated[str, AfterValidator(_ledger)] = ""
    max_rps: float | None = Field(None, ge=SLOWEST, allow_inf_nan=False)
    parameters: Annotated[dict[str, Any], AfterValidator(_defaults)] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _names_one_key(self) -> "NamedWorkspace":
        if bool(self.key_env) == bool(self.key_keyring):
            raise ValueError("give either key_env or key_keyring, and not an empty one")
        return self

    def key(self, sources: Sources) -> str:
        """Return the key, "" where its place is empty."""
        return sources.variable(self.key_env) if self.key_env else key_in_keyring(self.key_keyring)

    @property
    def place_of_key(self) -> str:
        """Where the key has to be, in words."""
        return f"the variable {self.key_env}" if self.key_env else f"{self.key_keyring} of the keyring"


def read_workspaces(path: Path) -> dict[str, NamedWorkspace]:
    """Return the workspaces of a file, in its order.

    Raises:
        BadInput: it is missing, no TOML, or has entries that can't be used; each is told with its line.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        tables = tomllib.loads(text).get("workspaces")
    except (OSError, ValueError) as error:
        raise BadInput(f"The file of workspaces {path} can't be read ({_cause(error)}).") from None
    if not isinstance(tables, dict) or not tables:
        raise BadInput(f"{path} names no workspace: write a table [workspaces.NAME] for each.")
    found: dict[str, NamedWorkspace] = {}
    problems: list[str] = []
    for name, table in tables.items():
        try:
            found[name] = NamedWorkspace.model_validate(table)
        except ValidationError as error:
            told = [_told(problem) for problem in error.errors(include_input=False, include_url=False)]
            problems += [f"line {line_of(text, name, field)}, {name}: {what}" for field, what in told]
    problems += [f"line {line_of(text, name)}, {name}: {what}" for name, what in _clashes(tables, found)]
    if problems:
        raise BadInput(f"{path} can't be used: {'; '.join(problems)}. Nothing was begun.")
    return found


def workspaces_path(sources: Sources) -> Path:
    """Return where the file of workspaces is, or would be.

    Raises:
        BadInput: EDGES_WORKSPACES is no path.
    """
    try:
        return absolute(sources.values.EDGES_WORKSPACES or "workspaces.toml", "EDGES_WORKSPACES")
    except ValueError as error:
        raise BadInput(str(error)) from None


def names_in(path: str) -> set[str]:
    """Return the names that a file has now, none where it can't be read."""
    with suppress(OSError, ValueError):
        tables = tomllib.loads(Path(path).read_text(encoding="utf-8-sig")).get("workspaces")
        return set(tables) if isinstance(tables, dict) else set()
    return set()


def named_settings(name: str, sources: Sources) -> Settings:
    """Return the settings of a workspace that the file of EDGES_WORKSPACES names.

    Raises:
        BadInput: the file, the name or its key can't be found.
    """
    path = workspaces_path(sources)
    workspaces = read_workspaces(path)
    if name not in workspaces:
        raise BadInput(f"There is no workspace {name} in {path}: it names {', '.join(workspaces)}.")
    found = workspaces[name]
    key = found.key(sources)
    if not key:
        raise BadInput(f"There is no key for the workspace {name}: put it into {found.place_of_key}.")
    rate = sources.values.EDGES_MAX_RPS
    try:
        return Settings(
            Secret(key),
            found.base_url or sources.values.EDGES_API_BASE,
            found.ledger or sources.values.EDGES_LEDGER or default_ledger(),
            found.max_rps or (float(rate) if rate else None),
            workspace=name,
            workspaces_file=str(path),
            defaults=found.parameters,
        )
    except BadInput as error:
        raise BadInput(str(error).replace("EDGES_API_KEY", f"The key of {name}")) from None


def line_of(text: str, name: str, field: str = "") -> int:
    """Return the line where a workspace's table begins, or one of its fields; 1 where none is found."""
    lines = text.splitlines()
    head = re.compile(rf"\s*\[\s*workspaces\s*\.\s*[\"']?{re.escape(name)}[\"']?\s*(\]|\.)")
    start = next((number for number, line in enumerate(lines, 1) if head.match(line)), 1)
    for number, line in enumerate(lines[start:], start + 1) if field else ():
        if re.match(rf"\s*(\[.*\.\s*)?[\"']?{re.escape(field)}[\"']?\s*[=\]]", line):
            return number
        if line.lstrip().startswith("[") and not head.match(line):
            break
    return start


def _cause(error: OSError | ValueError) -> str:
    if isinstance(error, OSError):
        return (error.strerror or "").lower()
    place = re.search(r"at line \d+", str(error))
    twice = ", a table is there twice" if "twice" in str(error) or "overwrite" in str(error) else ""
    return f"it is no TOML{f' {place[0]}' if place else ''}{twice}"


def _told(problem: Mapping[str, Any]) -> tuple[str, str]:
    """Return the field that a problem is in, and what is told of it: never its value, which may be a key."""
    field = str(problem["loc"][0]) if problem["loc"] else ""
    if problem["type"] == "extra_forbidden":
        known = ", ".join(NamedWorkspace.model_fields)
        secret = re.search(r"key|token|secret|password", field, re.IGNORECASE)
        return field, (
            "the key itself never goes into this file, name its variable in key_env"
            if secret
            else f"there is no setting of this name, they are {known}"
        )
    told = str(problem["ctx"]["error"]) if "error" in problem.get("ctx", {}) else str(problem["msg"]).lower()
    return field, f"{field}: {told}" if field else told


def _clashes(tables: Mapping[str, object], found: Mapping[str, NamedWorkspace]) -> Iterator[tuple[str, str]]:
    folders: dict[str, str] = {}
    keys: dict[tuple[str, str], str] = {}
    for name in tables:
        if not _NAME.fullmatch(name):
            yield name, "a name holds letters, digits, - and _ only, 64 at the most"
        elif (other := folders.setdefault(name.lower(), name)) != name:
            yield name, f"it differs from {other} by capital letters only"
        if one := found.get(name):
            other = keys.setdefault((one.key_env, one.key_keyring), name)
            if other != name:
                yield name, f"it has the same key as {other}"
