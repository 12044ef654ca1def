"""What can be given for the selected schedules of a plan, as fields below the row: plain values, no JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from edges_nb.errors import BadInput
from edges_nb.redaction import shown_url
from edges_nb.reports.formatting import counted, label
from edges_nb.reports.html import visible

if TYPE_CHECKING:
    from edges_nb.models.api import Identity
    from edges_nb.models.plan_items import Item
    from edges_nb.planning.plan import Plan
    from edges_nb.widgets.override_edits import Edits

_MOST_OFFERED = 8
_INPUT_KEYS = {
    "linkedin-extract-messages": "linkedin_thread_url",
    "linkedin-extract-page-followers": "linkedin_company_url",
}
_NO_INPUTS = "none"
_DECISIONS = (("", "as planned"), ("migrate", "replace it, taken for a full one"), ("skip", "leave it out"))


@dataclass(frozen=True)
class Field:
    """One field: the column of the overrides, what it is called, and how it is given.

    Attributes:
        kind: `text`, `lines`, `choice`, or `find` for what is found by typing.
        secret: whether what was given is not shown again.
    """

    name: str
    title: str
    kind: str = "text"
    secret: bool = False


FIELDS = (
    Field("decision", "Decision", "choice"),
    Field("identity_uid", "Run as", "find"),
    Field("max_results", "Items per run, at most"),
    Field("cron", "Cron"),
    Field("timezone", "Timezone"),
    Field("name", "Name"),
    Field("callback_url", "Callback address", secret=True),
    Field("callback_headers", "Callback headers, as Name: value", "lines", secret=True),
    Field("inputs_json", "Inputs, one address a line, or none", "lines"),
)


class PlanFields:
    """The fields of the selected schedules.

    Args:
        plan, edits: what they are about, asked for whenever they are shown.
        give: takes a column and its cell; raises BadInput where it can't be used.
    """

    def __init__(
        self, plan: Callable[[], Plan], edits: Callable[[], Edits], give: Callable[[str, str], object]
    ) -> None:
        self._plan, self._edits, self._give = plan, edits, give
        self._errors: dict[str, str] = {}
        self._typed: dict[str, str] = {}
        self._found: list[dict[str, str]] = []
        self._uids: list[str] = []
        self.locked = False

    def state(self, uids: Sequence[str]) -> dict[str, Any]:
        """Return what the page draws for these schedules."""
        if list(uids) != self._uids:
            self._uids, self._errors, self._typed = list(uids), {}, {}
        known = {item.uid: item for item in self._plan().items}
        items = [known[uid] for uid in uids if uid in known]
        one = label(items[0].schedule, items[0].identity) if len(items) == 1 else ""
        title = visible(one) or counted(len(items), "schedule")
        return {"title": f"Edit {title}", "fields": [self._field(field, uids, items) for field in FIELDS]}

    def take(self, message: Mapping[str, Any]) -> None:
        """Give a value, or find what there is to choose."""
        name, value = str(message.get("field")), str(message.get("value", "")).strip()
        if message.get("what") == "find":
            self._found = self._identities(str(message.get("text", "")))
        elif any(field.name == name for field in FIELDS) and not self.locked:
            self._errors.pop(name, None)
            self._typed.pop(name, None)
            try:
                self._give(name, self._cell(name, value))
            except BadInput as error:
                # What was typed stays, to be corrected; the sentence names the column, which is seen here.
                self._typed[name] = value
                self._errors[name] = str(error).rpartition(f"column {name}: ")[2]

    def _field(self, field: Field, uids: Sequence[str], items: Sequence[Item]) -> dict[str, Any]:
        given = {self._edits().value(uid, field.name) for uid in uids}
        value = given.pop() if len(given) == 1 else ""
        now = {_now(field.name, item) for item in items}
        told = "several values" if given or len(now) > 1 else visible(now.pop() if now else "")
        if value and field.secret:
            value, told = "", "given (not shown)"
        if field.name == "inputs_json":
            value = _as_lines(value)
        elif field.name == "identity_uid":
            value = self._name_of(value)
        return {
            "name": field.name,
            "title": field.title,
            "kind": field.kind,
            "value": self._typed.get(field.name, value),
            "now": told or "as it is",
            "error": self._errors.get(field.name, ""),
            "disabled": self.locked,
            "choices": self._choices(field.kind),
        }

    def _choices(self, kind: str) -> list[dict[str, str]]:
        decisions = [{"value": value, "label": told} for value, told in _DECISIONS]
        return decisions if kind == "choice" else self._found if kind == "find" else []

    def _identities(self, text: str) -> list[dict[str, str]]:
        """The usable identities whose name or uid holds a text, those that begin with it first."""
        wanted = text.casefold().strip()
        usable = [each for each in self._plan().reading.identities.values() if each.usable]
        found = [each for each in usable if wanted in f"{_called(each)} {each.uid}".casefold()]
        found.sort(
            key=lambda each: (not _called(each).casefold().startswith(wanted), _called(each), each.uid)
        )
        names = [_called(each) for each in usable]
        return [
            {
                "value": each.uid,
                "label": visible(_called(each))
                + (f" ({each.uid[:8]})" if names.count(_called(each)) > 1 else ""),
            }
            for each in found[:_MOST_OFFERED]
        ]

    def _name_of(self, uid: str) -> str:
        identity = self._plan().reading.identities.get(uid)
        return visible(_called(identity)) if identity else uid

    def _cell(self, name: str, value: str) -> str:
        """A field's text as a cell of the overrides has it."""
        if value and name == "inputs_json":
            return _as_inputs(value, self._plan().reading.action)
        if value and name == "callback_headers" and not value.startswith("{"):
            pairs = (line.partition(":") for line in value.splitlines() if line.strip())
            return json.dumps({key.strip(): text.strip() for key, _, text in pairs}, ensure_ascii=False)
        return value


def _called(identity: Identity) -> str:
    return identity.name or identity.uid


def _now(name: str, item: Item) -> str:
    """What the plan has there, as far as it may be shown."""
    made = item.request or item.schedule
    if name == "identity_uid":
        return _called(item.identity) if item.identity else "type a name"
    if name == "max_results":
        return str((made.parameters or {}).get("max_results") or "no limit given")
    if name == "callback_url":
        return shown_url(str((made.callback or {}).get("url") or ""))
    if name in ("cron", "timezone", "name"):
        return str(getattr(made, name) or "")
    return ""


def _as_inputs(text: str, action: str) -> str:
    if text.startswith(("[", "{")):
        return text  # inputs with more than an address
    if text.lower() == _NO_INPUTS:
        return "[{}]"
    key = _INPUT_KEYS.get(action, "linkedin_url")
    return json.dumps([{key: line.strip()} for line in text.splitlines() if line.strip()])


def _as_lines(cell: str) -> str:
    """Inputs as addresses, where they are nothing else."""
    inputs: Collection[Mapping[str, object]] = json.loads(cell) if cell else []
    if cell and all(not each for each in inputs):
        return _NO_INPUTS
    plain = all(len(each) == 1 and all(isinstance(value, str) for value in each.values()) for each in inputs)
    return "\n".join(str(value) for each in inputs for value in each.values()) if plain else cell
