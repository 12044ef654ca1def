"""What a panel does with a plan: one first, the rest, stop, go on, take back; without any widget."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, Literal

from edges_nb.errors import BadInput, EdgesNbError
from edges_nb.models.results import MIGRATED, outcome_until
from edges_nb.planning.plan import Plan, plan_undo
from edges_nb.reports.formatting import counted, label
from edges_nb.reports.html import Html
from edges_nb.widgets.background_job import BackgroundJob
from edges_nb.widgets.results_log import Doings

if TYPE_CHECKING:
    from edges_nb.models.api import Schedule
    from edges_nb.models.results import Outcome, Progress, Result
    from edges_nb.widgets.background_job import Apply

    Tell = Callable[[Progress], None]
    Verify = Callable[[Sequence[Result]], tuple[Sequence[Result], Html]]

_NOTHING_LEFT = "There is nothing to replace: the plan has no schedule that is left to do."
_NOTHING_TO_UNDO = "Nothing to take back: none of these was replaced, or all are taken back already."


class Running:
    """Applies a plan in the background.

    Args:
        planned: gives the plan; from the first replacement on, the one that was confirmed is kept to.
        order: as for `Plan.apply`.
        replan: reads the workspace and gives a plan anew.
        verify: compares results with a fresh listing; gives those that it contradicts, and what to say.
        on_change: called when something begins, goes on, or ends; not always by the same thread.

    Attributes:
        doings: what was done so far, by earlier sessions too.
        verified: what the last comparison with a fresh listing said; empty where nothing was done since.
        job: what goes on now, or went on last; None at the beginning.
        child: what took the place of the first schedule that was replaced.
    """

    def __init__(
        self,
        planned: Callable[[], Plan],
        *,
        order: Literal["pause", "guide"] = "pause",
        replan: Callable[[], object],
        verify: Verify,
        on_change: Callable[[], object] = lambda: None,
    ) -> None:
        self.doings = Doings.of(planned())
        self.verified = Html()
        self._verify = verify
        self.job: BackgroundJob | None = None
        self.child: Schedule | None = None
        self.on_change = on_change
        self._planned, self._order, self._replan = planned, order, replan
        self._applied: Plan | None = None

    @property
    def plan(self) -> Plan:
        """The plan that is, or would be, applied."""
        return self._applied or self._planned()

    @property
    def begun(self) -> bool:
        """Whether anything was tried yet, so that the plan must stay as it is."""
        return self._applied is not None

    @property
    def busy(self) -> bool:
        """Whether something goes on now."""
        return self.job is not None and self.job.running

    @property
    def proven(self) -> bool:
        """Whether one schedule was replaced, which shows that the server does what is expected of it."""
        return any(result.outcome == MIGRATED for result in self.doings.results.values())

    @property
    def left(self) -> list[str]:
        """Uids of what was not tried yet, with what an earlier run began in front."""
        items = sorted(self.plan.to_replace, key=lambda item: not item.begun)
        return [item.uid for item in items if item.uid not in self.doings.results]

    @property
    def open_ends(self) -> list[str]:
        """Uids of what was tried, or not begun after a stop, and has not come to its end."""
        return self.doings.unfinished

    def where(self) -> str:
        """Return which workspace this is about, on which server."""
        return self.plan.edges.place

    def question(self) -> str:
        """Return what has to be agreed to before the first replacement.

        Raises:
            BadInput: there is nothing to agree to.
        """
        left, plan = self.left, self.plan
        if not left:
            raise BadInput(_NOTHING_LEFT)
        name = next(label(item.schedule, item.identity) for item in plan.items if item.uid == left[0])
        return (
            f"{counted(len(left), 'schedule')} of {self.where()} would be replaced, as {plan.digest} says. "
            f"One is replaced first: {name}, {left[0]}. The others wait until you have seen the new one."
        )

    def undo_question(self, uids: Collection[str]) -> str:
        """Return what has to be agreed to before replacements are taken back.

        Raises:
            BadInput: none of them can be.
        """
        chosen = self.doings.undoable(uids)
        if not chosen:
            raise BadInput(_NOTHING_TO_UNDO)
        return (
            f"{counted(len(chosen), 'replacement')} in {self.where()} would be taken back: the original is "
            "created again and checked before its replacement is cancelled."
        )

    def first(self) -> None:
        """Replace the first schedule, or bring to its end what an earlier run began."""
        left = self.left
        begun = [item.uid for item in self.plan.to_replace if item.begun and item.uid in left]
        self._replace(begun or left[:1])

    def rest(self) -> None:
        """Replace everything that was not tried yet; refused before one was replaced."""
        if not self.proven:
            raise BadInput("One schedule is replaced before the others: begin with that.")
        self._replace(self.left)

    def go_on(self) -> None:
        """Go on with what has not come to its end, and then with what is left."""
        self._replace([*self.open_ends, *(self.left if self.proven else ())])

    def undo(self, uids: Collection[str]) -> None:
        """Take back those of the replacements that can be."""
        chosen, plan = self.doings.undoable(uids), self.plan
        self.verified = Html()
        if not chosen:
            raise BadInput(_NOTHING_TO_UNDO)

        def apply(tell: Tell, stop: threading.Event) -> Outcome:
            undoing = plan_undo(plan.edges, action=plan.reading.action, only=chosen)
            try:
                outcome = undoing.apply(order=self._order, on_progress=tell, stop=stop)
            except BaseException as error:
                self.doings.add_undo(outcome_until(error))
                raise
            self.doings.add_undo(outcome)
            return outcome

        self._start(apply)

    def stop(self) -> None:
        """Stop between schedules; what is begun is brought to its end."""
        if self.job is not None:
            self.job.stop()
            self.on_change()

    @property
    def can_verify(self) -> bool:
        """Whether there is something to compare with a fresh listing."""
        return bool(self.doings.standing)

    def verify(self) -> None:
        """Compare what was done with a fresh listing, in the background."""

        def apply(_: Tell, __: threading.Event) -> None:
            self.verify_now()

        self._start(apply)

    def verify_now(self) -> None:
        """Compare what was done with a fresh listing."""
        wrong, self.verified = self._verify(self.doings.standing)
        self.doings.correct(wrong)

    def plan_again(self) -> None:
        """Read the workspace and plan anew; what was done is not told any more."""
        self.verified = Html()

        def apply(_: Tell, __: threading.Event) -> None:
            self._replan()
            self._applied, self.child, self.doings = None, None, Doings.of(self._planned())

        self._start(apply)

    def _replace(self, uids: Collection[str]) -> None:
        if not uids:
            raise BadInput(_NOTHING_LEFT)
        plan, chosen, self.verified = self.plan, list(dict.fromkeys(uids)), Html()

        def apply(tell: Tell, stop: threading.Event) -> Outcome:
            try:
                outcome = plan.apply(
                    approve=plan.digest, order=self._order, uids=chosen, on_progress=tell, stop=stop
                )
            except BaseException as error:
                self.doings.add(outcome_until(error))
                # Refused as a whole, such as by a ledger that is in use: the plan can still be edited.
                self._applied = plan if self.doings.results else None
                raise
            self.doings.add(outcome)
            self.child = self.child or self._child_of(chosen[0])
            return outcome

        self._applied = plan
        self._start(apply)

    def _start(self, apply: Apply) -> None:
        if self.busy:
            raise BadInput("Something goes on already: wait for its end, or stop it.")
        self.job = BackgroundJob(apply, on_tick=lambda: self.on_change(), on_end=lambda: self.on_change())
        self.on_change()
        self.job.start()

    def _child_of(self, uid: str) -> Schedule | None:
        result = self.doings.results.get(uid)
        if result is None or result.outcome != MIGRATED or not result.new_uid:
            return None
        try:
            return self.plan.edges.schedule(result.new_uid)
        except EdgesNbError:  # it was checked already: this is only for the eye
            return None
