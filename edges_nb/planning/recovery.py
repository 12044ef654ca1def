"""What a schedule's runs still know of it: callback, parameters and inputs, which GET may leave out.

Runs can't be asked for by schedule, so the list of all runs is read, the newest first, as far as needed. The
requests are bounded: one page for each page of schedules, and one request for each schedule.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Protocol, TypeVar

from edges_nb.errors import NotFound
from edges_nb.models.api import Run, RunInput, Schedule
from edges_nb.planning.evidence import Evidence, evidence_from, with_inputs
from edges_nb.planning.masking import is_masked

T = TypeVar("T")
U = TypeVar("U")

WORKERS = 16
"""Requests under way at once; how fast they go is the pacer's business."""

_FEW = 8
_PAGE = 100
_AHEAD = 32
"""Pages of runs read at once, before it is known what the first of them brings."""
_BARREN = 2
"""Pages in a row that bring nothing new, after which there is nothing more."""
_DEEPER = 4
"""How many times the pages that the schedules themselves take may be read only to know more of the past."""
_HISTORY = 2
"""Successful runs that a growth can be read from."""
_SLACK = timedelta(days=1)
"""How much sooner than `last_executed_at` the last run can have been created."""
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class Runs(Protocol):
    """The part of the client that recovery needs."""

    def runs_page(self, offset: int, action: str | None = None) -> list[Run]:
        """Return one page of runs, the newest first."""

    def run_inputs(self, uid: str) -> list[RunInput]:
        """Return the inputs of a run, from all pages."""


def recover(
    edges: Runs,
    action: str,
    schedules: Sequence[Schedule],
    *,
    listed: int,
    spent: int,
    known: Iterable[str] = (),
) -> dict[str, Evidence]:
    """Read what the runs of these schedules tell.

    Args:
        listed: how many schedules were listed, which bounds the requests.
        spent: requests that were already made for single schedules.
        known: uids of schedules whose inputs are known from elsewhere.
    """
    if not schedules:
        return {}
    known = set(known)
    lacking = {s.uid for s in schedules if (not s.inputs or is_masked(s.inputs)) and s.uid not in known}
    search = _Search(edges, action, schedules, lacking=lacking, listed=listed, spent=spent)
    search.run()
    evidence = {s.uid: evidence_from(search.runs_of(s.uid), search.looked(s.uid)) for s in schedules}
    asked = [s.uid for s in schedules if s.uid in lacking and evidence[s.uid].runs][: search.left]

    def inputs_of(uid: str) -> list[RunInput] | None:
        try:
            return edges.run_inputs(evidence[uid].runs[0].uid)
        except NotFound:
            return None

    for uid, inputs in zip(asked, in_parallel(inputs_of, asked), strict=True):
        evidence[uid] = with_inputs(evidence[uid], inputs)
    return evidence


def in_parallel(function: Callable[[T], U], values: Sequence[T]) -> list[U]:
    """Return what the function gives for each value, in their order; the first error is raised."""
    # A few take no time one after the other, and are asked for in the same order every time.
    if len(values) < _FEW:
        return [function(value) for value in values]
    with ThreadPoolExecutor(min(WORKERS, len(values)), "edges-nb") as pool:
        tasks = [pool.submit(function, value) for value in values]
        try:
            return [task.result() for task in tasks]
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


class _Search:
    """Reads pages of runs until every schedule that may have run was met, or the budget is spent."""

    def __init__(
        self,
        edges: Runs,
        action: str,
        schedules: Sequence[Schedule],
        *,
        lacking: set[str],
        listed: int,
        spent: int,
    ) -> None:
        self._edges, self._action = edges, action
        self._lacking, self._listed, self._spent = lacking, listed, spent
        self._found: dict[str, dict[str, Run]] = {schedule.uid: {} for schedule in schedules}
        self._unmet = set(self._found)
        self._awaited = {schedule.uid for schedule in schedules if _may_have_run(schedule)}
        dated = [(s.last_executed_at, s.uid) for s in schedules if s.last_executed_at is not None]
        self._by_last_run = sorted(dated)
        self._shallow: set[str] = set()
        self._reserved = 0
        self._page = _PAGE
        self._offset = 0
        self._pages = 0
        self._oldest: datetime | None = None
        self._ordered = True
        self._ended = False
        self._barren = 0
        self._seen: set[str] = set()

    def run(self) -> None:
        """Read as many pages as are needed and allowed."""
        while count := self._pages_to_read():
            offsets = [self._offset + self._page * number for number in range(count)]
            pages = in_parallel(lambda offset: self._edges.runs_page(offset, self._action), offsets)
            for offset, page in zip(offsets, pages, strict=True):
                self._take(offset, page)

    def runs_of(self, uid: str) -> list[Run]:
        """Return the runs of a schedule, the newest first; none where a newer one may be unread."""
        if not (self._ordered or self._ended):
            return []
        return sorted(self._found[uid].values(), key=lambda run: run.created_at or _LONG_AGO, reverse=True)

    def looked(self, uid: str) -> bool:
        """Whether a run of the schedule would have been found."""
        return self._ended or (self._ordered and uid not in self._awaited)

    @property
    def left(self) -> int:
        """Requests that may still be made."""
        return self._allowed - self._spent - self._pages

    @property
    def _base(self) -> int:
        return math.ceil(self._listed / self._page)

    @property
    def _allowed(self) -> int:
        return self._base + self._listed

    def _pages_to_read(self) -> int:
        if self._ended:
            return 0
        # In a list without order, a newer run can be anywhere.
        waited_for = self._awaited if self._ordered else self._found.keys()
        in_base = self._base - self._pages
        # A page beyond the base is worth it where at least one request is left for what it brings.
        spare = self.left - self._reserved - 1
        most = in_base if in_base > 0 else spare
        if waited_for or (in_base > 0 and self._unmet):
            needed = math.ceil(max(len(waited_for), 1) / self._page)
        elif self._shallow and self._pages < _DEEPER * self._base:
            needed, most = 1, spare
        else:
            return 0
        # How many rows a page has here only the first one tells; what is ahead of it must leave no gap.
        return max(0, min(needed, most, _AHEAD if self._pages else 1))

    def _take(self, offset: int, page: Sequence[Run]) -> None:
        self._pages += 1
        # Where a page is shorter than the first one, the next ones were asked for further on than it reached.
        self._offset = max(self._offset, offset + len(page))
        fresh = [run for run in page if run.uid not in self._seen]
        # A server that ignores `offset` gives the first page for ever; one page may just have slid.
        self._barren = 0 if fresh else self._barren + 1
        self._ended = self._ended or not page or self._barren >= _BARREN
        if self._pages == 1 and page:
            self._page = min(_PAGE, len(page))
        for run in fresh:
            self._seen.add(run.uid)
            self._note_order(run)
            if run.scheduled_run_uid in self._found:
                self._note(run, run.scheduled_run_uid)
        self._give_up_what_is_past()

    def _note_order(self, run: Run) -> None:
        created = run.created_at
        if created is None or (self._oldest is not None and created > self._oldest):
            self._ordered = False
        elif self._oldest is None or created < self._oldest:
            self._oldest = created

    def _note(self, run: Run, uid: str) -> None:
        runs = self._found[uid]
        runs[run.uid] = run
        if uid in self._unmet:
            self._unmet.remove(uid)
            self._awaited.discard(uid)
            self._reserved += uid in self._lacking
            if (run.parameters or {}).get("max_results") is not None:
                self._shallow.add(uid)
        if uid in self._shallow and sum(r.status == "SUCCEEDED" for r in runs.values()) >= _HISTORY:
            self._shallow.remove(uid)

    def _give_up_what_is_past(self) -> None:
        """Stop waiting for runs that would have come by now: they are archived."""
        if not self._ordered or self._oldest is None:
            return
        while self._by_last_run and self._by_last_run[-1][0] - _SLACK > self._oldest:
            self._awaited.discard(self._by_last_run.pop()[1])


def _may_have_run(schedule: Schedule) -> bool:
    # A field that is null says that it never ran; one that is missing says nothing.
    return schedule.last_executed_at is not None or "last_executed_at" not in schedule.model_fields_set
