"""Replace many schedules: several at a time, the steps of one in order, identical ones one after the
other."""

import json
import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from edges_nb.client import Edges
from edges_nb.engine.capabilities import Capabilities
from edges_nb.engine.fresh_looks import FreshLooks
from edges_nb.engine.halting import Halt, HaltedError, run_each
from edges_nb.engine.journal import Journal
from edges_nb.engine.last_look import as_it_is_now
from edges_nb.engine.matching import stock_of
from edges_nb.engine.reconcile import Looking
from edges_nb.engine.replacement_saga import Saga
from edges_nb.errors import EdgesNbError, LedgerError
from edges_nb.ledger.records import Memo, Record
from edges_nb.ledger.states import BEGUN, Order, State
from edges_nb.ledger.store import Ledger
from edges_nb.models.api import LIVE, Schedule
from edges_nb.models.plan_items import Item, Kind, Start
from edges_nb.models.results import (
    MIGRATED,
    NEEDS_ATTENTION,
    STARTED,
    TROUBLE,
    WAITING,
    Event,
    Interrupted,
    Outcome,
    Progress,
    Result,
)

Task = Item | Start
"""What a job holds: something to replace, or something to start."""

WORKERS = 24
"""Replacements under way at once; how fast their requests go is the pacer's business."""

_DUE_SOON = timedelta(minutes=2)
"""What is due sooner than this is replaced last, when it has most likely run."""

_FOR_RUNS = (5.0, 10.0, 20.0, 40.0)
"""Seconds before each further try of what has a run in progress, when nothing else is left to do."""

_LONG = 60.0
"""Seconds after which what was told first may not be so any more."""

_LOG = logging.getLogger("edges_nb")


@dataclass(frozen=True)
class Job:
    """What to do: the items to replace or to start, and how.

    Attributes:
        seen: for starts, what the plan saw: what is equal and not among it was started meanwhile.
    """

    items: Sequence[Task]
    kind: Kind
    order: Order
    plan: str
    seen: Sequence[Schedule] = ()


class Engine:
    """Runs one job; make a new one for the next.

    Args:
        workers: replacements under way at once; 1 runs them in the calling thread.
        on_progress: told after each step, by one thread at a time; switched off where it fails.
        stop: set it to begin nothing more; what was begun has 20 seconds to come to its end.
    """

    def __init__(
        self,
        edges: Edges,
        ledger: Ledger,
        *,
        workers: int = WORKERS,
        on_progress: Callable[[Progress], None] | None = None,
        stop: threading.Event | None = None,
    ) -> None:
        self._edges = edges
        self._ledger = ledger
        self._workspace = edges.workspace_key
        self._workers = workers
        self._on_progress = on_progress
        self._halt = Halt(edges.clock, stop or threading.Event())
        self._server = Capabilities()
        self._telling = threading.Lock()
        self._results: dict[str, Result] = {}
        self._counts: Counter[str] = Counter()
        self._events: list[Event] = []
        self._in_doubt: set[str] = set()
        self._under_way: set[str] = set()
        self._busy: list[Task] = []
        self._total, self._began = 0, 0.0

    def run(self, job: Job) -> Outcome:
        """Replace what the job says, or go on where an earlier run stopped.

        Whatever was begun and not finished goes on when the same job, or a later plan, is run.

        Raises:
            LedgerError: nothing can be remembered any more; `outcome_until` tells what was done.
            Interrupted: the person at the keyboard interrupted; it carries what was done.
        """
        self._total, self._began = len(job.items), self._edges.clock.monotonic()
        replace = self._replacing(job)
        items = sorted(job.items, key=self._urgency)
        try:
            # The first one alone: it shows whether the server keeps names.
            self._each(replace, [items[:1]])
            self._each(replace, self._groups(items[1:]))
            self._try_again(replace)
            self._look_again(job)
        except LedgerError as error:
            error.outcome = self._outcome(job)
            raise
        except KeyboardInterrupt:
            raise Interrupted(self._outcome(job)) from None
        return self._outcome(job)

    def _try_again(self, replace: Callable[[Iterable[Task]], None]) -> None:
        """Wait for the runs that were in progress, within bounds, and replace their schedules then."""
        for seconds in _FOR_RUNS:
            busy, self._busy = self._busy, []
            if not busy or self._stopped():
                return
            self._edges.clock.sleep(seconds)
            self._each(replace, [busy])

    def _look_again(self, job: Job) -> None:
        """Read the list once more where it may show something else than was told."""
        results = list(self._results.values())
        trouble = any(result.outcome in TROUBLE for result in results)
        lasted = self._edges.clock.monotonic() - self._began
        actions = {item.request.action for item in job.items if item.request}
        if self._stopped() or not (trouble or lasted > _LONG):
            return
        # What can't be read is told as it was seen last.
        with suppress(EdgesNbError):
            listed = [schedule for action in actions for schedule in self._edges.schedules(action)]
            with self._telling:
                self._results |= {r.schedule_uid: r for r in as_it_is_now(results, listed)}

    def _outcome(self, job: Job) -> Outcome:
        with self._telling:
            results = [self._end(item) for item in job.items]
            return Outcome(tuple(results), tuple(self._events))

    def _end(self, item: Task) -> Result:
        """Tell how one ended: it is over, the run broke off in the middle of it, or it was not reached."""
        if item.uid not in self._under_way and item.uid in self._results:
            return self._results[item.uid]
        if item.uid in self._under_way:
            reason = "It was begun, and the run broke off: run the same command again."
            return Result(item.uid, NEEDS_ATTENTION, None, reason)
        if item.begun:
            reason = "An earlier run began with it, and it was not gone on with: run the same command again."
            return Result(item.uid, NEEDS_ATTENTION, None, reason)
        return Result(item.uid, WAITING, None, "It was not begun: run the same command again.")

    def _replacing(self, job: Job) -> Callable[[Iterable[Task]], None]:
        """Return what replaces schedules one after the other."""
        known = self._ledger.records(self._workspace)
        self._server.learn(known.values())
        journal = Journal(self._edges, self._ledger, self._tell, self._halt.check)
        looking = Looking(journal, self._server)
        coming = sorted(job.items, key=self._urgency) if job.kind != "start" else ()
        saga = Saga(journal, looking, self._server, FreshLooks(self._edges, (item.uid for item in coming)))

        def replace(group: Iterable[Task]) -> None:
            for item in group:
                if self._stopped() or (self._look(item) in self._in_doubt and not self._server.shows_names):
                    return
                before = known.get(item.uid)
                record = self._record(item, job, before)
                if before is not None and before.state is State.MIGRATED and _is_over(looking, before):
                    self._keep(Result(item.uid, MIGRATED, before.new_uid, ""))
                    continue
                self._under_way.add(item.uid)
                self._server.touched.add(item.uid)
                try:
                    result = saga.run(record)
                except HaltedError:
                    return
                if result.outcome == WAITING:
                    self._busy.append(item)
                self._keep(result)
                if record.unsettled:
                    # What was or will be created could be taken for that of one that looks the same.
                    self._in_doubt.add(self._look(item))

        return replace

    def _record(self, item: Task, job: Job, before: Record | None) -> Record:
        """Return what to go on from: what was begun, or the beginning."""
        assert item.request is not None, "only what has a request is replaced"  # noqa: S101
        if before is not None and before.state in BEGUN:
            if job.kind == "start":
                # The same in effect; a first time that was begun with may have passed.
                before.request = item.request
            before.resumed = True
            return before
        record = Record(self._workspace, item.schedule, item.request, original=item.original)
        record.kind, record.order, record.plan = job.kind, job.order, job.plan
        record.memo = Memo(busy_run=item.busy_run, removed=before.memo.removed if before else [])
        if job.kind == "start":
            record.memo.stock = stock_of(job.seen, record)
        return record

    def _stopped(self) -> bool:
        return self._halt.asked or bool(self._server.locked_out)

    def _urgency(self, item: Task) -> int:
        """Put what was begun first, and what is due soon last."""
        due = item.schedule.next_execution_at
        return 0 if item.begun else 2 if due is not None and due <= self._edges.now() + _DUE_SOON else 1

    def _groups(self, items: Sequence[Task]) -> list[list[Task]]:
        """Put together what only a name tells apart, to replace it one after the other."""
        if self._server.shows_names:
            return [[item] for item in items]
        groups: dict[str, list[Task]] = {}
        for item in items:
            groups.setdefault(self._look(item), []).append(item)
        return list(groups.values())

    def _look(self, item: Task) -> str:
        """Return what a list certainly shows of the new schedule: names may be kept by none."""
        return json.dumps(item.request and [item.request.action, item.request.cron, item.request.timezone])

    def _each(self, replace: Callable[[Iterable[Task]], None], groups: Sequence[Iterable[Task]]) -> None:
        run_each((partial(replace, group) for group in groups), self._workers, self._halt)

    def _keep(self, result: Result) -> None:
        with self._telling:
            before = self._results.get(result.schedule_uid)
            self._counts -= Counter([before.outcome] if before else ())
            self._results[result.schedule_uid] = result
            self._under_way.discard(result.schedule_uid)
            self._counts[result.outcome] += 1
            self._report(result.reason or _success(result))

    def _tell(self, event: Event) -> None:
        with self._telling:
            self._events.append(event)
            self._report(event.sentence)

    def _report(self, sentence: str) -> None:
        if self._on_progress is None:
            return
        counts, pace = self._counts, self._edges.pace
        done = counts.total() - counts[WAITING]
        migrated, attention = counts[MIGRATED] + counts[STARTED], counts[NEEDS_ATTENTION]
        progress = Progress(
            total=self._total,
            done=done,
            migrated=migrated,
            rolled_back=done - migrated - attention,
            attention=attention,
            waiting=self._total - done,
            sentence=sentence,
            per_second=pace.per_second,
            pause=pace.waiting,
        )
        try:
            self._on_progress(progress)
        except Exception as error:  # noqa: BLE001 - whatever a display raises, schedules come first
            self._on_progress = None
            _LOG.warning("The progress display failed (%s) and was switched off.", type(error).__name__)


def _success(result: Result) -> str:
    if result.outcome == STARTED:
        return f"{result.new_uid} was started."
    return f"{result.new_uid} runs in place of {result.schedule_uid}."


def _is_over(looking: Looking, record: Record) -> bool:
    return looking.status(record) not in LIVE
