"""Start an async run once, and let it go on, on a server that has no idempotency key.

A run can't be cancelled, so that what nobody answered is never sent again before a later command has looked
once more.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from edges_nb.client import Edges
from edges_nb.engine.create_step import is_about_name
from edges_nb.engine.journal import AGAIN, Journal
from edges_nb.engine.reconcile import PAUSES
from edges_nb.errors import BadInput
from edges_nb.ledger.records import Record
from edges_nb.ledger.states import State
from edges_nb.ledger.store import Ledger
from edges_nb.models.api import CONTINUABLE, Run, Schedule, ScheduleRequest, StartedRun
from edges_nb.models.name_marks import mark_of, named_run
from edges_nb.models.plan_items import Start, StartDecision
from edges_nb.models.results import CONTINUED, NEEDS_ATTENTION, REFUSED, STARTED, Event, Result
from edges_nb.transport import Answer, Done, Refused

_LATE = (8.0, 16.0, 32.0)
"""Seconds before further looks for a run that may have been started: a list can lag behind."""


class AsyncRuns:
    """Starts and continues runs, each intent committed before its request leaves.

    Args:
        on_event: told each step in words; it must not raise.
    """

    def __init__(
        self, edges: Edges, ledger: Ledger, on_event: Callable[[Event], None] = lambda _: None
    ) -> None:
        self._edges = edges
        self._workspace = edges.workspace_key
        self._ledger = ledger
        self._journal = Journal(edges, ledger, on_event)

    def take(self, start: Start, plan: str = "") -> Result:
        """Do what was decided on a row."""
        record = self._ledger.record(self._workspace, start.uid)
        if start.decision is StartDecision.CONTINUE:
            return self.go_on(self._known(record, start, plan))
        if record is None or record.state is not State.CREATING:
            record = self._new(start, plan)
        return self._start(record)

    def record_of(self, uid: str) -> Record | None:
        """Return what the ledger has of a run."""
        records = self._ledger.records(self._workspace).values()
        return next((record for record in records if record.kind == "run" and record.new_uid == uid), None)

    def adopted(self, run: Run) -> Record:
        """Return a record of a run that the ledger does not know, with what it shows."""
        request = ScheduleRequest(
            action=run.action_name or "",
            inputs=[],
            callback=run.callback or {},
            identity_ids=[],
            parameters=run.parameters,
        )
        record = Record(self._workspace, Schedule(uid=run.uid), request, kind="run", new_uid=run.uid)
        record.state = State.STARTED
        return record

    def go_on(self, record: Record) -> Result:
        """Continue a run that has ended; one that is at work needs nothing.

        The caller has to have found the run.
        """
        uid = record.new_uid or ""
        run = self._edges.run(uid)
        if record.state is State.CONTINUING and looks(run) != record.memo.before:
            return self._continued(record, "An earlier run of this tool continued it.")
        if run.unfinished:
            self._journal.settle(record, "look", State.STARTED, f"{uid} is {run.status}.")
            return Result(record.old_uid, CONTINUED, uid, "It was at work already, and nothing was sent.")
        check_continuable(run)
        note_end(record, run)
        record.memo.before = looks(run)
        answer = self._journal.act(
            record, State.CONTINUING, "continue", lambda: self._edges.continue_run(uid)
        )
        self._journal.note(record, "continue", answer, f"{uid} was to go on.")
        return self._settled(record, answer)

    def end(self, run: Run) -> Record | None:
        """Remember what a run had brought when it ended, and return what is known of it."""
        record = self.record_of(run.uid)
        if record is not None and note_end(record, run):
            self._journal.settle(record, "end", record.state, f"{run.uid} is {run.status}.")
        return record

    def _settled(self, record: Record, answer: Answer[Run | None]) -> Result:
        if isinstance(answer, Done):
            return self._continued(record, "")
        uid = record.new_uid or ""
        # What was refused may have been continued by somebody else.
        for seconds in (0.0,) if isinstance(answer, Refused) else (0.0, *PAUSES):
            if seconds:
                self._edges.clock.sleep(seconds)
            if looks(self._edges.run(uid)) != record.memo.before:
                return self._continued(record, "")
        if isinstance(answer, Refused):
            self._journal.settle(record, "continue", State.STARTED, "Nothing was continued.")
            return Result(record.old_uid, REFUSED, uid, f"{uid} was not continued. {answer.error}")
        reason = f"Whether {uid} goes on is not clear: {AGAIN} a little later, which looks first."
        return Result(record.old_uid, NEEDS_ATTENTION, uid, reason)

    def _continued(self, record: Record, reason: str) -> Result:
        self._journal.settle(record, "continue", State.STARTED, f"{record.new_uid} goes on.")
        return Result(record.old_uid, CONTINUED, record.new_uid, reason)

    def _known(self, record: Record | None, start: Start, plan: str) -> Record:
        if record is not None and record.new_uid == start.found:
            return record
        found = self._new(start, plan)
        found.new_uid, found.state = start.found, State.STARTED
        return found

    def _new(self, start: Start, plan: str) -> Record:
        return Record(self._workspace, start.schedule, start.request, kind="run", plan=plan)

    def _start(self, record: Record) -> Result:
        """Look for what was begun, and start it where nothing is found."""
        if record.memo.creates and self._find(record, PAUSES):
            return self._started(record)
        refusal = self._create(record)
        if record.new_uid:
            return self._started(record)
        if refusal:
            if record.memo.creates and self._find(record, PAUSES):
                return self._started(record)
            self._journal.settle(record, "done", State.REFUSED, refusal)
            return Result(record.old_uid, REFUSED, None, f"Nothing was started. {refusal}")
        if self._find(record, (*PAUSES, *_LATE)):
            return self._started(record)
        reason = "Whether a run was started is not clear, and none can be found"
        return Result(
            record.old_uid, NEEDS_ATTENTION, None, f"{reason}: {AGAIN} a little later, which looks first."
        )

    def _create(self, record: Record) -> str:
        """Send one request; return why it was refused, or "" where it was not."""
        memo = record.memo
        if memo.stock is None:
            newest = self._edges.runs_page(0, record.request.action)
            memo.stock = {run.uid: run.status or "" for run in newest}
        memo.creates += 1
        name = record.mark.on(record.request.name) if memo.named else None
        request = record.request.model_copy(update={"name": name})
        answer: Answer[StartedRun] = self._journal.act(
            record, State.CREATING, "start", lambda: self._edges.create_async_run(request)
        )
        if isinstance(answer, Done):
            record.new_uid = answer.value.run_uid
            self._journal.note(record, "start", answer, f"The run {record.new_uid} was started.")
        elif isinstance(answer, Refused):
            memo.creates -= 1
            if memo.named and is_about_name(answer.error):
                memo.named = False
                self._journal.note(record, "start", answer, "The name was refused; it is left out.")
                return self._create(record)
            self._journal.note(record, "start", answer, "The run was refused.")
            return str(answer.error)
        else:
            self._journal.note(record, "start", answer, "Whether the run was started is not clear yet.")
        return ""

    def _find(self, record: Record, pauses: Iterable[float]) -> bool:
        """Look for the run that may have been started, again and again, until it is found."""
        for seconds in pauses:
            self._edges.clock.sleep(seconds)
            runs = self._edges.runs_page(0, record.request.action)
            uid = named_run(runs, record.old_uid)
            record.new_uid = uid or next((run.uid for run in runs if self._alike(run, record)), None)
            if record.new_uid:
                return True
        return False

    def _alike(self, run: Run, record: Record) -> bool:
        """Whether a run without our mark is what was asked for, by all that it shows."""
        request, stock = record.request, record.memo.stock
        return (
            run.scheduled_run_uid is None
            and run.execution_mode in (None, "async")
            and mark_of(run.name) is None
            and stock is not None
            and run.uid not in stock
            and (run.parameters is None or run.parameters == request.parameters)
            and (run.callback is None or _same_callback(run.callback, request.callback))
            and [row.sent for row in self._edges.run_inputs(run.uid)] == request.inputs
        )

    def _started(self, record: Record) -> Result:
        self._journal.settle(record, "done", State.STARTED, f"The run is {record.new_uid}.")
        return Result(record.old_uid, STARTED, record.new_uid, "")


def check_continuable(run: Run) -> None:
    """Raise BadInput, saying why, where a run can't be continued; nothing is requested."""
    mode = (run.parameters or {}).get("sync_mode")
    if run.parameters is not None and mode != "incremental":
        raise BadInput(f"The run {run.uid} is not incremental, and only those can be continued.")
    if run.unfinished:
        raise BadInput(f"The run {run.uid} is {run.status}: wait until it has ended, then continue it.")
    if run.status not in CONTINUABLE:
        choice = ", ".join(CONTINUABLE)
        raise BadInput(
            f"The run {run.uid} is {run.status or 'of no known status'}, and only {choice} can be continued: "
            "start another one."
        )


def note_end(record: Record, run: Run) -> bool:
    """Keep what a run has brought until its end, and return whether that is new."""
    if run.finished_at is None or run.output_count is None:
        return False
    moment = run.finished_at.isoformat()
    if record.memo.syncs.get(moment) == run.output_count:
        return False
    record.memo.syncs[moment] = run.output_count
    return True


def looks(run: Run) -> str:
    """Return what changes of a run when it goes on."""
    return f"{run.status} {run.started_at} {run.finished_at} {run.output_count}"


def _same_callback(shown: Mapping[str, Any], sent: Mapping[str, Any]) -> bool:
    return shown.get("url") == sent.get("url")
