"""The file that names workspaces, each with its key's place."""

import tomllib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from edges_nb.errors import BadInput
from edges_nb.redaction import Secret
from edges_nb.settings.sources import SLOWEST, Sources, key_in_keyring
from edges_nb.settings.values import absolute, ledger_place
from edges_nb.settings.workspace_settings import Settings, default_ledger


class NamedWorkspace(BaseModel):
    """One table `[workspaces.NAME]`: where its key is, and what differs from the defaults."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)

    key_env: str = ""
    key_keyring: str = ""
    base_url: str = ""
    ledger: str = ""
    max_rps: float | None = Field(None, ge=SLOWEST, allow_inf_nan=False)
    parameters: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _names_one_key(self) -> "NamedWorkspace":
        if bool(self.key_env) == bool(self.key_keyring):
            raise ValueError("give either key_env or key_keyring")
        return self


def read_workspaces(path: Path) -> dict[str, NamedWorkspace]:
    """Return the workspaces of a file, in its order.

    Raises:
        BadInput: it is missing, no TOML, or has an entry that can't be used; the sentence names it.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8-sig")).get("workspaces")
    except (OSError, ValueError) as error:
        cause = (error.strerror or "").lower() if isinstance(error, OSError) else "it is no TOML"
        raise BadInput(
            f"The file of workspaces {path} can't be read ({cause}): set EDGES_WORKSPACES to the right one."
        ) from None
    if not isinstance(tables, dict) or not tables:
        raise BadInput(f"{path} names no workspace: write a table [workspaces.NAME] for each.")
    return {name: _named(path, name, table) for name, table in tables.items()}


def named_settings(name: str, sources: Sources) -> Settings:
    """Return the settings of a workspace that the file of EDGES_WORKSPACES names.

    Raises:
        BadInput: the file, the name or its key can't be found.
    """
    path = absolute(sources.values.EDGES_WORKSPACES or "workspaces.toml", "EDGES_WORKSPACES")
    workspaces = read_workspaces(path)
    if name not in workspaces:
        raise BadInput(f"There is no workspace {name} in {path}: it names {', '.join(workspaces)}.")
    found = workspaces[name]
    key = sources.variable(found.key_env) if found.key_env else key_in_keyring(found.key_keyring)
    if not key:
        place = f"the variable {found.key_env}" if found.key_env else f"{found.key_keyring} of the keyring"
        raise BadInput(f"There is no key for the workspace {name}: put it into {place}.")
    rate = sources.values.EDGES_MAX_RPS
    try:
        ledger = ledger_place(found.ledger) if found.ledger else sources.values.EDGES_LEDGER
    except ValueError as error:
        raise BadInput(str(error).replace("EDGES_LEDGER", f"ledger of the workspace {name}")) from None
    return Settings(
        Secret(key),
        (found.base_url or sources.values.EDGES_API_BASE).rstrip("/"),
        ledger or default_ledger(),
        found.max_rps or (float(rate) if rate else None),
    )


def _named(path: Path, name: str, table: object) -> NamedWorkspace:
    try:
        return NamedWorkspace.model_validate(table)
    except ValidationError as error:
        problem = error.errors(include_input=False)[0]
    where = ".".join(str(part) for part in problem["loc"])
    told = problem["msg"].removeprefix("Value error, ").lower()
    raise BadInput(f"[workspaces.{name}] of {path}: {where}{': ' * bool(where)}{told}.")
