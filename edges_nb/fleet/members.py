"""The workspaces that a command of a fleet is about, checked as a whole before anything is begun."""

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from edges_nb.errors import BadInput, LedgerError
from edges_nb.ledger.store import Ledger
from edges_nb.notebook.parameters import SCHEMAS
from edges_nb.settings.sources import RESOLVED, Sources
from edges_nb.settings.workspace_settings import default_ledger
from edges_nb.settings.workspaces import NamedWorkspace, line_of, read_workspaces, workspaces_path

_FOREIGN = ("EDGES_API_KEY", RESOLVED)


@dataclass(frozen=True)
class Members:
    """Workspaces of one file.

    Attributes:
        names: those that are asked for, in the file's order.
    """

    path: Path
    names: tuple[str, ...]
    _all: Mapping[str, NamedWorkspace]
    _ledger: str

    @classmethod
    def of(cls, only: str) -> "Members":
        """Read the file of EDGES_WORKSPACES, and check what a fleet needs of it.

        Args:
            only: names, separated by commas; all when "".

        Raises:
            BadInput: an entry or a name can't be used, or a key is missing; all of them are told.
        """
        sources = Sources.read()
        path = workspaces_path(sources)
        found = read_workspaces(path)
        asked = [name.strip() for name in only.split(",") if name.strip()]
        if only and not asked:
            raise BadInput("--only names no workspace: leave it out for all.")
        if unknown := [name for name in asked if name not in found]:
            raise BadInput(f"There is no workspace {', '.join(unknown)} in {path}: nothing was begun.")
        chosen = {name: one for name, one in found.items() if not asked or name in asked}
        text = path.read_text(encoding="utf-8-sig")
        problems = [
            f"line {line_of(text, name)}, {name}: {told}" for name, told in _problems(chosen, sources)
        ]
        if problems:
            raise BadInput(f"{path} can't be used: {'; '.join(problems)}. Nothing was begun.")
        ledger = sources.values.EDGES_LEDGER
        if not ledger and not all(one.ledger for one in chosen.values()):
            ledger = default_ledger()
        return cls(path, tuple(chosen), found, ledger)

    @property
    def known(self) -> tuple[str, ...]:
        """All names of the file."""
        return tuple(self._all)

    def place_of_key(self, name: str) -> str:
        """Return where the key of a workspace is, in words."""
        return self._all[name].place_of_key

    def environment(self, name: str) -> dict[str, str]:
        """Return the environment of a workspace's process: of all keys, its own only."""
        own = self._all[name].key_env
        others = {one.key_env for one in self._all.values()} - {own}
        kept = {key: value for key, value in os.environ.items() if key not in (*others, *_FOREIGN)}
        return {**kept, "EDGES_WORKSPACES": str(self.path)}

    def bring_ledgers_up_to_date(self) -> None:
        """Make or update each ledger once, before several processes would do so at the same time."""
        for place in {self._all[name].ledger or self._ledger for name in self.names}:
            with suppress(LedgerError):  # each process tells what is wrong with its own
                Ledger.open(place).close()


def _problems(chosen: Mapping[str, NamedWorkspace], sources: Sources) -> Iterator[tuple[str, str]]:
    for name, one in chosen.items():
        key = one.key(sources)
        if not key:
            yield name, f"there is no key in {one.place_of_key}"
            continue
        fitting = {name for schema in SCHEMAS.values() for name in schema.model_fields}
        if unknown := [parameter for parameter in one.parameters if parameter not in fitting]:
            yield name, f"no notebook has a parameter {', '.join(unknown)}"
        for schema in SCHEMAS.values():
            given = {key: value for key, value in one.parameters.items() if key in schema.model_fields}
            try:
                schema.check(given, key)
            except BadInput as error:
                yield name, str(error).rstrip(".")
                break
