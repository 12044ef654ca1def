"""A state machine: an operator, a second one, an outsider and faults, in any order."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from edges_nb.client import Edges
from edges_nb.errors import NotApproved
from edges_nb.models.results import Outcome
from edges_nb.planning.plan import plan_undo
from edges_nb.sandbox import SANDBOX_KEY
from edges_nb.sandbox.wire_types import Request

from .bench import Bench, Ending
from .faults import VARIANTS, RequestFault
from .meetings import LEDGER, OTHER
from .process import LEDGER_KINDS, LedgerFault
from .setting import DIALECTS, NAMES, ORDERS, Setting

PLAYED: Counter[str] = Counter()
"""How often each rule was played in this Python process."""

numbers = st.integers(1, 40)
variants = st.sampled_from(VARIANTS)
faults = st.lists(st.builds(lambda variant, nth: RequestFault(*variant, nth), variants, numbers), max_size=4)
ledger_faults = st.lists(
    st.builds(LedgerFault, st.sampled_from(LEDGER_KINDS), numbers, st.sampled_from((1, 3))), max_size=1
)
ledgers = st.sampled_from((LEDGER, LEDGER, OTHER))
which = st.integers(0, 2)


class Operating(RuleBasedStateMachine):
    """Whatever happens: nothing lost, nothing doubled, nothing touched that was not planned, nothing told."""

    bench: Bench

    @initialize(
        order=st.sampled_from(ORDERS),
        names=st.sampled_from(NAMES),
        dialect=st.sampled_from(DIALECTS),
        lag=st.sampled_from((0, 3)),
        workers=st.sampled_from((1, 1, 4)),
        migrated=st.booleans(),
    )
    def begin(self, migrated: bool, **chosen: Any) -> None:
        modes = ("incremental", "full", None)
        self.bench = Setting(**chosen, window=True).bench(modes=modes)
        self.uids = list(self.bench.world.cases["planned"])
        self.approved = ""
        self.meddled: set[str] = set()
        if migrated:
            self._run()

    @rule(ledger=ledgers, faults=faults)
    def preview(self, ledger: str, faults: list[RequestFault]) -> None:
        """Plan, and approve what was seen."""
        PLAYED["preview"] += 1
        before = self._mutations()

        def look(edges: Edges, place: str) -> None:
            self.approved = self.bench.plan(edges, place).digest

        self._run(faults, task=look, ledger=ledger)
        assert self._mutations() == before, "a preview changed something"

    @rule(ledger=ledgers, faults=faults, broken=ledger_faults)
    def apply(self, ledger: str, faults: list[RequestFault], broken: list[LedgerFault]) -> None:
        PLAYED["apply"] += 1
        self._run(faults, ledger_faults=broken, ledger=ledger)

    @precondition(lambda self: self.approved)
    @rule(ledger=ledgers, faults=faults)
    def apply_as_approved(self, ledger: str, faults: list[RequestFault]) -> None:
        PLAYED["apply as approved"] += 1
        before = self._mutations()

        def apply(edges: Edges, place: str) -> Outcome:
            plan = self.bench.plan(edges, place)
            return plan.apply(approve=self.approved, order=self.bench.order, workers=self.bench.workers)

        ending = self._run(faults, task=apply, ledger=ledger)
        if isinstance(ending.error, NotApproved):
            PLAYED["not approved"] += 1
            assert self._mutations() == before, "something was changed that was not approved"

    @rule(number=numbers, when=st.sampled_from(("before", "after")), ledger=ledgers)
    def die(self, number: int, when: Any, ledger: str) -> None:
        PLAYED["die"] += 1
        self._run([RequestFault("crash", when, number)], ledger=ledger)

    @rule(only=st.one_of(st.none(), which), faults=faults, broken=ledger_faults)
    def undo(self, only: int | None, faults: list[RequestFault], broken: list[LedgerFault]) -> None:
        PLAYED["undo"] += 1
        self.bench.let_a_while_pass()

        def undo(edges: Edges, place: str) -> Outcome:
            chosen = [] if only is None else [self.uids[only]]
            # Where nothing has run yet, a second operator could not know what max_results was.
            plan = plan_undo(edges, only=chosen, first_run="api", ledger=place)
            return plan.apply(order=self.bench.order, workers=self.bench.workers)

        self._run(faults, ledger_faults=broken, task=undo, mode=None, whole=only is None)

    @rule(number=which, verb=st.sampled_from(("pause", "resume", "cancel")))
    def outsider_moves(self, number: int, verb: str) -> None:
        """Somebody pauses, resumes or cancels a live schedule of the lineage."""
        members = self.bench.checker.members(self.uids[number])
        uid = next((uid for uid, status in members.items() if status in ("ACTIVE", "PAUSED")), None)
        if uid is not None:
            PLAYED[f"outsider {verb}"] += 1
            self._foreign(f"/v1/schedules/{uid}/{verb}")
            self.meddled.add(self.uids[number])

    @rule(number=which, label=st.sampled_from(("Renamed", "Renamed again")))
    def outsider_edits(self, number: int, label: str) -> None:
        PLAYED["outsider edits"] += 1
        self.bench.checker.edit(self.uids[number], name=label)

    @rule()
    def time_passes(self) -> None:
        self.bench.let_a_while_pass()

    @invariant()
    def holds(self) -> None:
        if hasattr(self, "bench"):
            _none([*self.bench.checker.violations(), *self.bench.witness.found])

    def teardown(self) -> None:
        """I7: when faults stop, both operators bring everything to its end that nobody meddled with."""
        if not hasattr(self, "bench"):
            return
        with self.bench as bench:
            for _ in range(2):
                self._run(task=self._go_on_undoing, mode=None)
                for ledger in (OTHER, LEDGER):
                    bench.let_a_while_pass()
                    self._run(ledger=ledger)
            PLAYED["machines"] += 1
            _none([told for told in bench.checker.finished() if not self._is_excused(told)])

    def _go_on_undoing(self, edges: Edges, place: str) -> Outcome:
        plan = plan_undo(edges, first_run="api", ledger=place)
        begun = [item.uid for item in plan.to_replace if item.begun]
        return plan.apply(order=self.bench.order, uids=begun, workers=self.bench.workers)

    def _is_excused(self, told: str) -> bool:
        return any(uid[:8] in told for uid in self.meddled)

    def _run(self, faults: Iterable[RequestFault] = (), **how: Any) -> Ending:
        ending = self.bench.run(faults, **how)
        _none(self.bench.violations())
        return ending

    def _mutations(self) -> int:
        return sum(call.method != "GET" for call in self.bench.sandbox.history)

    def _foreign(self, path: str) -> None:
        self.bench.checker.foreign.add(len(self.bench.sandbox.history) + 1)
        self.bench.sandbox.api.handle(Request("POST", path, {"x-api-key": SANDBOX_KEY}))


def _none(found: list[str]) -> None:
    # Outside of pytest nothing shows what a comparison compared.
    if found:
        raise AssertionError("\n".join(found))
