"""The panel that replaces: a question, then one schedule, then the others, with a way to stop and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

from edges_nb.reports.cards import card
from edges_nb.reports.formatting import counted, label, moment, rhythm
from edges_nb.reports.html import Html, tag
from edges_nb.widgets.apply_controller import Running
from edges_nb.widgets.background_job import progress_words
from edges_nb.widgets.error_box import TURN, Notice, inner, trouble_card
from edges_nb.widgets.layout import panel
from edges_nb.widgets.loading_indicator import loading_words
from edges_nb.widgets.plan_editor import PlanPreview
from edges_nb.widgets.results_log import TITLES
from edges_nb.widgets.search_table import SearchTable
from edges_nb.widgets.static_fallback import Twin

if TYPE_CHECKING:
    from ipywidgets import DOMWidget

    from edges_nb.models.api import Schedule
    from edges_nb.planning.plan import Plan
    from edges_nb.widgets.apply_controller import Verify


class MigrationRun(Twin):
    """Applies the plan of a preview.

    Args:
        preview: whose plan is applied; it is locked from then on, until the workspace is planned anew.
        order: as for `Plan.apply`.
        replan: reads the workspace and plans anew.
        verify: as for `Running`; write: writes results and report, and returns where.

    Attributes:
        running: what goes on, and what was done.
    """

    def __init__(
        self,
        preview: PlanPreview,
        *,
        order: Literal["pause", "guide"] = "pause",
        replan: Callable[[], Plan],
        verify: Verify,
        write: Callable[[], str],
    ) -> None:
        self._preview = preview
        self._write = write
        self._listeners: list[Callable[[], object]] = []
        self.running = Running(
            lambda: preview.plan,
            order=order,
            replan=lambda: preview.replace(replan()),
            on_change=self._changed,
            verify=verify,
        )
        self._panel: DOMWidget | None = None
        self._agreed: Callable[[], object] | None = None
        self._shown: object = None
        preview.on_change(self._changed)

    def static(self) -> Html:
        """Return what was done so far, or how much would be."""
        running = self.running
        if not running.doings.known:
            number = counted(len(running.plan.to_replace), "schedule")
            return tag("p", f"{number} of {running.where()} to be replaced; nothing was replaced from here.")
        told = tag("p", running.doings.headline(len(running.left)), class_="lead")
        return told + self._outcomes().static() if running.doings.results else told

    def widget(self) -> DOMWidget:
        """Return the panel."""
        if self._panel is None:
            self._panel = self._build()
            self._show()
        return self._panel

    def ask_first(self) -> None:
        """Ask whether to begin."""
        self._ask("Replace them?", self.running.question(), "Yes, replace the first one", self.running.first)

    def on_change(self, listener: Callable[[], object]) -> None:
        """Call `listener` whenever something was planned or done; not always by the same thread."""
        self._listeners.append(listener)

    def _changed(self) -> None:
        self._show()
        for listener in self._listeners:
            listener()

    def _undoable(self) -> list[str]:
        """The replacements that are selected or, where none is, all of them."""
        doings = self.running.doings
        return doings.undoable(self._table.selected or list(doings.known))

    def write(self) -> None:
        """Write results and report, and say where."""
        self._notice.show(card("Written", self._write(), mood="good"))

    def ask_undo(self) -> None:
        """Ask whether to take back the selected replacements, or all."""
        chosen = self._undoable()
        told = self.running.undo_question(chosen)
        self._ask("Take them back?", told, "Yes, take them back", lambda: self.running.undo(chosen))

    def answer(self, agreed: bool) -> None:
        """Do what was asked about, or leave it."""
        action, self._agreed = self._agreed, None
        if agreed and action is not None:
            action()
        self._show()

    def _ask(self, title: str, told: str, yes: str, agreed: Callable[[], object]) -> None:
        self._agreed = agreed
        self._question.value = inner(card(title, told, mood="calm"))
        self._yes.description = yes
        self._show()

    def _outcomes(self) -> SearchTable:
        frame = self.running.doings.frame(self.running.plan)
        return SearchTable(frame, key="schedule_uid", caption="Outcome", titles=TITLES)

    def _build(self) -> DOMWidget:
        from ipywidgets import HTML, HBox, IntProgress, Layout

        running = self.running
        self._notice, self._question, self._said, self._story = Notice(), HTML(), HTML(), HTML()
        self._bar = IntProgress(min=0, max=1, layout=Layout(width="100%"))
        self._bar.style.bar_color = "#0072b2"
        self._begin = self._button(self.ask_first, "primary")
        self._yes = self._button(lambda: self.answer(True), "danger")
        self._no = self._button(lambda: self.answer(False), text="No")
        self._rest = self._button(running.rest, "danger")
        self._again = self._button(running.go_on, "danger")
        self._stop = self._button(running.stop, "primary", "Stop after those that are begun")
        self._undo = self._button(self.ask_undo)
        self._verify = self._button(running.verify, text="Verify")
        self._report = self._button(self.write, text="Write report")
        self._anew = self._button(running.plan_again, text="Read the workspace and plan again")
        self._preview.filter.on_change(self._show)
        self._table = self._outcomes()
        self._table.on_select(self._show_story)
        self._rows = self._table.widget()
        wrap = Layout(flex_flow="row wrap", grid_gap="6px 14px")
        steps = (self._begin, self._yes, self._no, self._rest, self._again, self._stop)
        after = (self._undo, self._verify, self._report, self._anew)
        self._checked, buttons = HTML(), HBox((*steps, *after), layout=wrap)
        above = (self._said, self._checked, self._question, self._bar, buttons, self._notice.widget)
        box = panel(*above, self._rows, self._story)
        box.add_class("edges-nb-step")
        return box

    def _button(self, action: Callable[[], object], look: str = "", text: str = "") -> Any:
        from ipywidgets import Button, Layout

        button = Button(description=text, button_style=look, layout=Layout(width="auto"))
        button.on_click(self._notice.guarded(action))
        return button

    def _show(self) -> None:
        """Bring the panel to where things stand; called by the threads of a job, too."""
        if self._panel is not None:
            # A thread that dies of showing something would leave the page as if nothing went on.
            with TURN, self._notice.catching():
                self._show_all()

    def _show_all(self) -> None:
        running = self.running
        unseen = not running.begun and not self._preview.shows_all
        if unseen:
            self._agreed = None  # the question was about more than is seen now
        asking = self._agreed is not None
        busy, results = running.busy, bool(running.doings.results)
        idle = not busy and not asking
        left, ends = len(running.left), len(running.open_ends)
        self._said.value = inner(self._words())
        _visible(self._question, asking)
        _visible(self._bar, busy)
        self._begin.description = (
            f"Replace {counted(left, 'schedule')} …" if not results else "Try another one …"
        )
        self._rest.description = f"Replace the other {left:,}"
        self._again.description = f"Go on with {counted(ends + (left if running.proven else 0), 'schedule')}"
        _visible(self._begin, idle and not unseen and not running.proven and (left > 0 or not results))
        self._begin.disabled = left == 0
        _visible(self._yes, asking)
        _visible(self._no, asking)
        _visible(self._rest, idle and running.proven and left > 0 and not ends)
        _visible(self._again, idle and ends > 0)
        _visible(self._stop, busy)
        self._stop.disabled = running.job is not None and running.job.stopping
        self._checked.value = inner(running.verified)
        _visible(self._undo, idle and bool(running.doings.known))
        _visible(self._verify, idle and running.can_verify)
        _visible(self._report, idle and bool(running.doings.known))
        _visible(self._anew, idle and running.begun)
        self._show_ended()

    def _show_ended(self) -> None:
        """Show the outcome of a job once, when it is over."""
        running = self.running
        if running.busy:
            if self._shown is not running.job:
                self._shown = running.job
                self._preview.lock(True)
            return
        state = (running.job, len(running.doings.events), running.begun, len(running.doings.known))
        if state == self._shown:
            return
        self._shown = state
        self._preview.lock(running.begun)
        self._table.show(running.doings.frame(running.plan))
        _visible(self._rows, bool(running.doings.known))
        self._show_story()
        if running.job is not None and running.job.error is not None:
            self._notice.show(trouble_card(running.job.error))

    def _show_story(self) -> None:
        running, selected = self.running, self._table.selected
        number = len(self._undoable())
        self._undo.disabled = not number
        which = f"the {number:,} selected" if selected else f"all {number:,}"
        self._undo.description = f"Take back {which}"
        if not running.doings.known:
            self._story.value = ""
        elif selected:
            self._story.value = inner(running.doings.story(selected, running.plan))
        else:
            self._story.value = inner(
                tag("p", "Click a row to see its steps, or to take it back.", class_="note")
            )

    def _words(self) -> Html:
        running = self.running
        if running.busy:
            return self._going()
        if not running.doings.known:
            number = counted(len(running.left), "schedule")
            told = f"{number} of {running.where()} to be replaced. Nothing has been changed yet."
            return tag("p", told, class_="lead") + self._scope()
        lead = tag("p", running.doings.headline(len(running.left)), class_="lead", aria_live="polite")
        lead += self._scope()
        return lead + child_card(running.child) if running.child is not None and running.left else lead

    def _scope(self) -> Html:
        if self._preview.shows_all or self.running.begun:
            return Html()
        seen = len(self._preview.filter.filtered)
        planned = counted(len(self._preview.plan.items), "planned schedule")
        told = f"The table shows {seen:,} of {planned}: plan these {seen:,}, or clear the filters, to go on."
        return tag("p", told)

    def _going(self) -> Html:
        job = self.running.job
        if job is None:
            return Html()
        pace, progress = self.running.plan.edges.pace, job.progress
        if progress is None:
            return tag("p", loading_words("Working", job.seconds, pace.per_second, pace.waiting))
        self._bar.max, self._bar.value = max(progress.total, 1), progress.done
        rates = {"pause": pace.waiting, "per_second": pace.per_second}
        return progress_words(progress, job.seconds, stopping=job.stopping, **rates)


def child_card(child: Schedule) -> Html:
    """Return what took the place of the first schedule, to be looked at before the others."""
    facts = [
        ("Name", label(child)),
        ("Status", (child.status or "not told").lower()),
        ("Runs", rhythm(child.cron, child.timezone)),
        ("Next run", moment(child.next_execution_at, child.timezone) or "not told"),
        ("Schedule", tag("code", child.uid)),
    ]
    told = tag(
        "dl", *(tag("div", tag("dt", name), tag("dd", value)) for name, value in facts), class_="facts"
    )
    return tag("div", tag("p", "What took its place", class_="title"), told, class_="card good")


def _visible(widget: DOMWidget, shown: bool) -> None:
    display = None if shown else "none"
    if widget.layout.display != display:
        widget.layout.display = display
