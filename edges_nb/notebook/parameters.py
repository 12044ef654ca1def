"""What a notebook's parameters may be, checked before anything is requested.

The schema of a notebook is a model of the same names, types and defaults as its cell tagged `parameters`.
"""

import json
import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from edges_nb.cron import check_cron, check_timezone
from edges_nb.errors import BadInput
from edges_nb.models.api import CONNECTIONS, INCREMENTAL_ACTIONS
from edges_nb.notebook.validation import NotebookParameters, shown
from edges_nb.planning.selection import Selection, read_selection
from edges_nb.settings import Settings

_UID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_DIGEST = re.compile(r"plan-[0-9a-f]{12}")

ALL = "all"
"""What `approve` says where nobody reviews a plan."""


def _with_incremental_mode(value: str) -> str:
    if value not in INCREMENTAL_ACTIONS:
        choice = ", ".join(INCREMENTAL_ACTIONS)
        raise ValueError(f"{shown(value)} has no incremental mode: use one of {choice}")
    return value


def expanded(value: str) -> str:
    """Return a path with `~` expanded; every notebook and report that shows it has to be UTF-8."""
    try:
        value.encode()
        return str(Path(value).expanduser()) if value else ""
    except UnicodeEncodeError:
        raise ValueError("its name is not UTF-8: rename it") from None
    except RuntimeError:
        raise ValueError(f"{shown(value)}: there is no such home folder, give a full path") from None


def _no_file(value: str) -> str:
    path = Path(expanded(value))
    if value and (path.is_symlink() or (path.exists() and not path.is_dir())):
        raise ValueError(f"{shown(value)} is a file or a symlink: give the path of a folder")
    return expanded(value)


def _a_file(value: str) -> str:
    path = Path(expanded(value))
    if value and not path.is_file():
        raise ValueError(f"there is no file {shown(value)}: give the path of a CSV file")
    # In full: the command that a report shows is run from anywhere.
    return str(path.absolute()) if value else ""


def _is_file(value: str) -> bool:
    try:
        return Path(expanded(value)).is_file()
    except (OSError, ValueError):  # many uids are longer than any path
        return False


def _an_approval(value: str) -> str:
    if value and value != ALL and not _DIGEST.fullmatch(value):
        raise ValueError(
            f"{shown(value)} is no plan's digest: copy it from the preview, such as plan-0123456789ab, or "
            f"give {ALL} to apply whatever the plan says"
        )
    return value


def _parts(value: str) -> list[str]:
    """Split a list with commas; one too many, as where a line was copied, means nothing."""
    return [part.strip() for part in value.split(",") if part.strip()]


class ChangingParameters(NotebookParameters):
    """What the notebooks that change something have in common."""

    mode: str = "preview"
    approve: str = ""

    _is_an_approval = field_validator("approve")(_an_approval)

    @property
    def approved(self) -> str:
        """The digest that was approved, "" where nobody reviews."""
        return "" if self.approve == ALL else self.approve

    def check_workspace(self, settings: Settings) -> None:
        """Raise BadInput where a workspace would be changed that nobody named, or a live one unasked."""
        if self.mode == "preview":
            return
        settings.require_workspace(f"Mode {self.mode}")
        if not settings.sandbox and not self.approve:
            raise BadInput(
                f"Mode {self.mode} changes a live workspace only with approve: give the digest that a "
                f"preview shows, or {ALL} to do whatever the plan says without a review. Nothing was changed."
            )


class MigrateParameters(ChangingParameters):
    """The parameters of `02_migrate`."""

    mode: Literal["preview", "apply", "undo"] = "preview"
    action: str = CONNECTIONS
    order: Literal["pause", "guide"] = "pause"
    only: str = ""
    limit: int = Field(0, ge=0)
    overrides: str = ""
    max_results: int = Field(0, ge=0)
    first_run: Literal["api", "next"] = "api"
    unknown: Literal["ask", "full"] = "ask"
    out_dir: str = ""

    _has_incremental_mode = field_validator("action")(_with_incremental_mode)
    _can_be_a_folder = field_validator("out_dir")(_no_file)
    _is_there = field_validator("overrides")(_a_file)

    @property
    def selection(self) -> Selection:
        """The schedules that `only` names, or those of the file that it names; None for all."""
        if self.only and _is_file(self.only):
            return read_selection(self.only)
        return list(dict.fromkeys(_parts(self.only))) or None

    @field_validator("only")
    @classmethod
    def _names_schedules(cls, value: str) -> str:
        # What holds commas and no uid comes from a variable that was empty: it must not mean all.
        if value and _is_file(value):
            return expanded(value)
        malformed = [part for part in _parts(value) or [value.strip(" ,")] if not _UID.fullmatch(part)]
        if value and malformed:
            raise ValueError(
                f"{shown(malformed[0])} is no schedule's uid: give uids such as "
                "0b1f7e2c-5d7a-4f0e-9a51-3c2f6f1d8e90, separated by commas, the path of a selection that "
                '01_explore saved, or "" for all'
            )
        return value

    @model_validator(mode="after")
    def _limit_is_no_part_of_undo(self) -> Self:
        if self.mode == "undo" and self.limit:
            raise ValueError("limit has no meaning in mode undo: name the schedules in only")
        return self


class ExploreParameters(NotebookParameters):
    """The parameters of `01_explore`: the filters over schedules, and the timezone to show times in."""

    action: str = ""
    identity: str = ""
    identity_type: str = ""
    linkedin: str = ""
    status: str = ""
    timezone: str = ""
    cron: str = ""
    due_within: float = Field(0, ge=0)
    due_at: str = ""
    name: str = ""
    query: str = ""
    shown_in: str = "UTC"

    @field_validator("shown_in")
    @classmethod
    def _is_a_timezone(cls, value: str) -> str:
        check_timezone(value)
        return value


_OF_A_RUN = ("mode", "out_dir", "approve")


class StartParameters(ChangingParameters):
    """The parameters of `03_start_incremental`."""

    mode: Literal["preview", "apply"] = "preview"
    way: Literal["schedule", "async"] = "schedule"
    action: str = CONNECTIONS
    identity_uid: str = ""
    inputs_json: str = ""
    callback_url: str = ""
    cron: str = "0 9 * * *"
    timezone: str = ""
    max_results: int = Field(0, ge=0)
    name: str = Field("", max_length=255)
    starts: str = ""
    wait_minutes: int = Field(120, ge=0)
    out_dir: str = ""

    _has_incremental_mode = field_validator("action")(_with_incremental_mode)
    _can_be_a_folder = field_validator("out_dir")(_no_file)
    _is_there = field_validator("starts")(_a_file)

    @property
    def chosen(self) -> bool:
        """Whether it is said what is to be started."""
        return bool(self.identity_uid or self.starts)

    def command(self, *, approve: str) -> str:
        """Return the command that starts what these parameters ask for, if it is what was approved.

        It is "" where it would show an address or inputs, which reports don't.
        """
        if self.inputs_json or self.callback_url:
            return ""
        kept = {name: value for name, value in self.asked().items() if name not in _OF_A_RUN}
        given = {"mode": "apply", **kept, "approve": approve}
        options = [
            part for key, value in given.items() for part in (f"--{key.replace('_', '-')}", str(value))
        ]
        return shlex.join(["edges-nb", "start", *options])

    @field_validator("inputs_json")
    @classmethod
    def _is_json(cls, value: str) -> str:
        try:
            parsed = json.loads(value) if value else {}
        except (ValueError, RecursionError):
            parsed = None
        # Inputs can hold anything, so no sentence quotes them.
        if not isinstance(parsed, dict | list):
            raise ValueError(
                'it is no JSON: give an object such as {"linkedin_url": "https://…"}, or an array of them'
            )
        return value

    @field_validator("callback_url")
    @classmethod
    def _holds_no_secret(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in ("http", "https") or not parts.hostname):
            raise ValueError("it is no address: use one that begins with https://")
        if parts.query or parts.fragment or parts.username is not None:
            raise ValueError(
                "it holds a query, a fragment or a user name, which may be secret, and parameters end up in "
                "notebooks: give such an address, and headers, in the CSV of starts"
            )
        return value

    @field_validator("cron")
    @classmethod
    def _is_a_cron(cls, value: str) -> str:
        if value:
            check_cron(value)
        return value

    @field_validator("timezone")
    @classmethod
    def _is_a_timezone(cls, value: str) -> str:
        if value:
            check_timezone(value)
        return value

    @model_validator(mode="after")
    def _chooses_once(self) -> Self:
        if self.identity_uid and self.starts:
            raise ValueError("identity_uid and starts both choose: give one of them")
        return self


class WatchParameters(NotebookParameters):
    """The parameters of `04_watch`."""

    action: str = CONNECTIONS
    days: int = Field(0, ge=0)
    out_dir: str = ""

    _has_incremental_mode = field_validator("action")(_with_incremental_mode)
    _can_be_a_folder = field_validator("out_dir")(_no_file)

    def check_workspace(self, settings: Settings) -> None:
        """Raise BadInput where a workspace would be watched that nobody named."""
        settings.require_workspace("Watching")


SCHEMAS: Mapping[str, type[NotebookParameters]] = {
    "01_explore": ExploreParameters,
    "02_migrate": MigrateParameters,
    "03_start_incremental": StartParameters,
    "04_watch": WatchParameters,
}
"""The schema of each notebook that has parameters, by the notebook's name."""
