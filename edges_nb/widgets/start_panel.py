"""The panel that starts one schedule: who, what and when, the request as it will be sent, and a question."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from edges_nb.errors import BadInput
from edges_nb.models.plan_items import StartDecision
from edges_nb.reports.cards import card
from edges_nb.reports.formatting import sentence
from edges_nb.reports.html import Html, tag
from edges_nb.widgets.error_box import Notice, inner
from edges_nb.widgets.layout import panel
from edges_nb.widgets.start_form import StartForm
from edges_nb.widgets.static_fallback import Twin

if TYPE_CHECKING:
    from ipywidgets import DOMWidget

    from edges_nb.client import Edges
    from edges_nb.planning.snapshot import Reading

_EMPTY = "Choose an identity, and fill in input and callback: the request is shown here as it would be sent."

_FIELDS = {
    "input": ("Input", '{"linkedin_url": "https://www.linkedin.com/in/…"}'),
    "callback_url": ("Callback", "https://…"),
    "cron": ("Cron", "0 9 * * *"),
    "timezone": ("Timezone", "that of the identity"),
    "max_results": ("Most items per run", "no limit"),
    "name": ("Name", "none"),
}
"""What each field is called, and what stands in it while it is empty."""


class StartPanel(Twin):
    """A form for one schedule, with the request as it would be sent.

    Attributes:
        form: what is filled in, and what came of it.
    """

    def __init__(self, form: StartForm) -> None:
        self.form = form
        self._panel: DOMWidget | None = None

    def static(self) -> Html:
        """Return what was started from here, or that a panel stands here."""
        if self.form.outcome is not None:
            uids = ", ".join(result.new_uid or result.reason for result in self.form.outcome.results)
            return tag("p", f"Started from here: {uids}.")
        number = len(self.form.choices)
        told = f"In JupyterLab, a panel stands here: choose one of {number} identities, and start it."
        return tag("p", "Nothing was started from here.") + tag("p", told, class_="note")

    def widget(self) -> DOMWidget:
        """Return the panel."""
        if self._panel is None:
            self._panel = self._build()
            self.edited()
        return self._panel

    def edited(self) -> None:
        """Show the request that the fields make now, or what is wrong with them."""
        self._ask(False)
        if not self.form.cells.get("identity_uid"):
            # Nobody did anything wrong yet.
            self._preview.value = inner(tag("p", _EMPTY, class_="note"))
            self._begin.disabled = True
            return
        try:
            self._preview.value = inner(self.form.preview())
            self._begin.disabled = False
        except BadInput as error:
            self._preview.value = inner(tag("p", str(error), class_="note"))
            self._begin.disabled = True

    def ask(self) -> None:
        """Look whether an equal one is there, and ask whether to start it where none is."""
        item = self.form.look()
        if item.decision is StartDecision.START:
            self._question.value = inner(card("Start it?", self.form.question(item), mood="calm"))
            self._ask(True)
            return
        title = "It is there already" if item.found else "Nobody can tell whether it is there"
        self._question.value = inner(card(title, sentence(item.reason), mood="calm"))
        self._question.layout.display = None

    def answer(self, agreed: bool) -> None:
        """Start it, or leave it."""
        self._ask(False)
        if agreed:
            self._begin.disabled = True
            self._outcome.value = inner(tag("p", "Starting it …"))
            try:
                self._outcome.value = inner(self.form.start())
            except BaseException:
                self._outcome.value = ""
                raise

    def _ask(self, asking: bool) -> None:
        for widget in (self._question, self._yes, self._no):
            widget.layout.display = None if asking else "none"
        self._begin.layout.display = "none" if asking else None

    def _build(self) -> DOMWidget:
        from ipywidgets import HTML, Dropdown, HBox, Layout, Text

        self._notice = Notice()
        self._preview, self._question, self._outcome = HTML(), HTML(), HTML()
        self._begin = self._button(self.ask, "Start this schedule …", "primary")
        self._yes = self._button(lambda: self.answer(True), "Yes, start it", "danger")
        self._no = self._button(lambda: self.answer(False), "No")
        wide, style = Layout(width="100%"), {"description_width": "12em"}
        choices = [("choose one", ""), *self.form.choices]
        chosen = str(self.form.cells.get("identity_uid") or "")
        fields: dict[str, Any] = {
            "identity_uid": Dropdown(
                options=choices, value=chosen, description="Identity", style=style, layout=wide
            )
        }
        for column, (title, hint) in _FIELDS.items():
            value = str(self.form.cells.get(column) or "")
            fields[column] = Text(value=value, placeholder=hint, description=title, style=style, layout=wide)
        for column, field in fields.items():
            field.observe(self._notice.guarded(self._filler(column, field)), names="value")
        buttons = HBox(
            (self._begin, self._yes, self._no), layout=Layout(flex_flow="row wrap", grid_gap="6px 14px")
        )
        return panel(
            *fields.values(), self._preview, self._question, buttons, self._notice.widget, self._outcome
        )

    def _filler(self, column: str, field: Any) -> Callable[[], None]:
        def fill() -> None:
            self.form.fill(column, field.value.strip())
            self.edited()

        return fill

    def _button(self, action: Callable[[], object], text: str, look: str = "") -> Any:
        from ipywidgets import Button, Layout

        button = Button(description=text, button_style=look, layout=Layout(width="auto"))
        button.on_click(self._notice.guarded(action))
        return button


def start(edges: Edges, reading: Reading, *, action: str, defaults: Mapping[str, object]) -> StartPanel:
    """Return a panel that starts one schedule of an action.

    Args:
        reading: the workspace, with the identities to choose from.
        defaults: what its fields hold at first, by the names of the columns of `plan_starts`.
    """
    return StartPanel(StartForm(edges, reading, action=action, defaults=defaults))
