"""One replacement as the ledger keeps it."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import Any, get_args

from edges_nb.ledger.states import BEGUN, UNTOUCHED, Order, State
from edges_nb.models.api import CreatedSchedule, Schedule, ScheduleRequest
from edges_nb.models.name_marks import Mark
from edges_nb.models.plan_items import STARTS, Kind


@dataclass
class Memo:
    """What a replacement has to remember beyond its state, over the death of its process.

    Attributes:
        stops: requests to stop the old schedule that got no clear answer.
        shared: the old schedule stopped after such a request, so that somebody else may have stopped it.
        creates: requests to create that may have had an effect; reset when the restoring begins.
        named: whether they carried a name.
        stock: what was there before the first of them and could be taken for a replacement: statuses by uid;
            None where it was not noted.
        unnoted: 0.1.0 sent the first of them, and noted nothing by which looks could tell what came of it.
        removed: uids of new schedules that were, or were going to be, cancelled here, as faulty or too many.
        busy_run: a run of the old schedule that had not ended when it was planned.
        refusal: why the new schedule was refused, while the old one is brought back.
        syncs: how much an async run had brought each time it had ended, by the moment (ISO 8601).
        before: how an async run looked before it was told to go on.
    """

    stops: int = 0
    shared: bool = False
    creates: int = 0
    named: bool = True
    stock: dict[str, str] | None = None
    unnoted: bool = False
    removed: list[str] = field(default_factory=list)
    busy_run: str | None = None
    refusal: str = ""
    syncs: dict[str, int] = field(default_factory=dict)
    before: str = ""

    @property
    def told_by_name(self) -> bool:
        """Whether what was created shows whose it is by its name: where names tell, no stock was taken."""
        return self.named and self.stock is None and not self.unnoted


@dataclass
class Record:
    """One replacement, or one start, as the ledger has it; who changes it saves it.

    What is started in place of nothing has, for its `old` schedule, no more than the digest of its request in
    place of the uid.
    """

    workspace: str
    old: Schedule
    request: ScheduleRequest
    kind: Kind = "migration"
    order: Order = "pause"
    state: State = State.PLANNED
    plan: str = ""
    original: ScheduleRequest | None = None
    new_uid: str | None = None
    memo: Memo = field(default_factory=Memo)
    child: CreatedSchedule | Schedule | None = None
    """The new schedule as it was last seen; not kept."""
    saved_at: str = field(default="", compare=False)
    """When it was last saved, in ISO 8601; saving writes it anew."""
    resumed: bool = False
    """Whether an earlier run began it; not kept."""
    stopped_at: float | None = None
    """When it was sent in this run that stopped the old schedule, by the monotonic clock; not kept."""

    @property
    def old_uid(self) -> str:
        """The uid of the schedule that is replaced."""
        return self.old.uid

    @property
    def mark(self) -> Mark:
        """What the name of the new schedule tells."""
        if self.kind in STARTS:
            return Mark(self.old_uid, "start")
        return Mark(self.old_uid, "incremental" if self.wanted.sync_mode == "incremental" else "copy")

    @property
    def is_going_or_done(self) -> bool:
        """Whether it was begun and is not given up."""
        return self.state in BEGUN or self.state in (State.MIGRATED, State.STARTED)

    @property
    def is_untouched(self) -> bool:
        """Whether no mutating request can have left."""
        return self.state in UNTOUCHED and not self.memo.stops and not self.memo.creates

    @property
    def in_doubt(self) -> bool:
        """Whether there may be a new schedule that was not found yet."""
        return self.new_uid is None and self.memo.creates > 0

    @property
    def doubts(self) -> tuple[tuple[ScheduleRequest, ...], frozenset[str], datetime | None]:
        """What may have been created without an answer, uids that were there before, and until when others
        are too old to be it."""
        versions = self.versions if self.in_doubt and not self.memo.told_by_name else ()
        return versions, frozenset(self.memo.stock or ()), self.old.created_at

    @property
    def unsettled(self) -> bool:
        """Whether it was begun and no new schedule is known as its own."""
        return self.new_uid is None and self.state in BEGUN

    @property
    def wanted(self) -> ScheduleRequest:
        """What is to be created: the new configuration or, while restoring, the old one."""
        return self.restored if self.state is State.RESTORING else self.request

    @property
    def versions(self) -> tuple[ScheduleRequest, ...]:
        """What may stand in its place: the new configuration, or the old one, created again."""
        return self.request, self.restored

    @property
    def restored(self) -> ScheduleRequest:
        """What brings the old configuration back."""
        if self.original is not None:
            return self.original
        parameters = {k: v for k, v in (self.request.parameters or {}).items() if k != "sync_mode"}
        # A migration begins at a full schedule, an undo at an incremental one, and a change keeps the mode.
        mode = {"migration": None, "undo": "incremental"}.get(self.kind, self.request.sync_mode)
        parameters |= {"sync_mode": mode} if mode else {}
        return self.request.model_copy(update={"parameters": parameters or None, "schedule_at": None})


class UnknownToThisVersion(Exception):  # noqa: N818 - it says what a row is, and becomes a LedgerError
    """A row holds what only a newer version can read."""


_GONE = frozenset({"since", "known", "cancels", "resumes", "removals", "vanished"})
"""Fields of a memo that older versions kept and that mean nothing any more."""

_RENAMED = {"lock_sent": "stops", "unsure": "shared"}
"""Fields of a memo that 0.1.0 called otherwise."""


def row_of(record: Record) -> dict[str, Any]:
    """Return a record as the ledger's table has it."""
    return {
        "workspace": record.workspace,
        "old_uid": record.old_uid,
        "kind": record.kind,
        "order": record.order,
        "state": record.state.value,
        "plan": record.plan,
        "old": record.old.model_dump_json(),
        "original": record.original.model_dump_json() if record.original else None,
        "request": record.request.model_dump_json(),
        "new_uid": record.new_uid,
        "memo": json.dumps(vars(record.memo)),
        "updated_at": datetime.now(UTC).isoformat(timespec="milliseconds"),
    }


def record_of(row: Mapping[Any, Any]) -> Record:
    """Return the record of a row; UnknownToThisVersion where a newer version wrote it."""
    _check_known("kind", row["kind"], get_args(Kind))
    _check_known("order", row["order"], get_args(Order))
    _check_known("state", row["state"], set(State))
    kept = json.loads(row["memo"])
    memo = {_RENAMED.get(name, name): value for name, value in kept.items() if name not in _GONE}
    for name in memo:
        _check_known("field", name, {one.name for one in fields(Memo)})
    if "since" in kept and kept.get("creates"):
        # 0.1.0 told by the clock what was there before: whether names tell it is found out anew.
        memo["unnoted"] = True
    original = row["original"]
    return Record(
        workspace=row["workspace"],
        old=Schedule.model_validate_json(row["old"]),
        request=ScheduleRequest.model_validate_json(row["request"]),
        kind=row["kind"],
        order=row["order"],
        state=State(row["state"]),
        plan=row["plan"],
        original=ScheduleRequest.model_validate_json(original) if original else None,
        new_uid=row["new_uid"],
        memo=Memo(**memo),
        saved_at=row["updated_at"],
    )


def _check_known(what: str, value: str, known: Collection[str]) -> None:
    if value not in known:
        raise UnknownToThisVersion(f"it holds the {what} {value[:40]}")
