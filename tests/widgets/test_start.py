"""The panel that starts one schedule: what it shows while it is filled in, and what its buttons do."""

from __future__ import annotations

from typing import Any

import pytest

from edges_nb.client import Edges
from edges_nb.errors import BadInput
from edges_nb.models.api import CONNECTIONS
from edges_nb.planning.start_plan import plan_starts
from edges_nb.widgets.start_panel import StartPanel, start
from tests.faults import Fault, Sandbox

from .finding import buttons, control, said

PROFILE = '{"linkedin_url": "https://www.linkedin.com/in/somebody"}'
SECRET = "fake-secret-for-tests"


@pytest.fixture
def panel(edges: Edges) -> StartPanel:
    reading = plan_starts(
        edges, {"identity_uid": edges.identities()[0].uid, "input": PROFILE, **CELLS}
    ).reading
    made = start(edges, reading, action=CONNECTIONS, defaults={"cron": "30 7 * * 1"})
    made.widget()
    return made


CELLS = {"callback_url": f"https://in.example.com/?token={SECRET}", "cron": "0 9 * * *"}


def fill(panel: StartPanel) -> None:
    widget = panel.widget()
    control(widget, "Identity").label = "Outreach desk Paris"
    control(widget, "Input").value = PROFILE
    control(widget, "Callback").value = CELLS["callback_url"]


def created(sandbox: Sandbox) -> list[Any]:
    return [call.body for call in sandbox.history if call.operation == "create" and call.effect]


def test_only_active_engagement_identities_can_be_chosen(panel: StartPanel) -> None:
    options = [name for name, _ in control(panel.widget(), "Identity").options]
    assert options == ["choose one", "Outreach desk Berlin", "Outreach desk Paris"]


def test_until_all_is_filled_in_it_says_what_is_missing_and_nothing_can_be_started(panel: StartPanel) -> None:
    assert "Choose an identity" in said(panel.widget())
    assert control(panel.widget(), "Start this schedule").disabled
    control(panel.widget(), "Identity").label = "Outreach desk Paris"
    assert "callback_url: is missing" in said(panel.widget())
    assert control(panel.widget(), "Start this schedule").disabled


def test_the_request_and_its_next_times_are_shown_as_they_are_filled_in(
    panel: StartPanel, sandbox: Sandbox
) -> None:
    before = len(sandbox.history)
    fill(panel)
    shown = said(panel.widget())
    assert "At 07:30, only on Monday" in shown
    assert "The next 5 times" in shown
    assert "https://in.example.com/…" in shown
    assert SECRET not in shown
    control(panel.widget(), "Cron").value = "61 9 * * *"
    assert "is no cron expression" in said(panel.widget())
    control(panel.widget(), "Cron").value = "0 6 * * *"
    control(panel.widget(), "Most items").value = "50"
    assert "At 06:00" in said(panel.widget())
    assert "&quot;max_results&quot;: 50" in said(panel.widget())
    assert len(sandbox.history) == before, "typing requests nothing"


def test_it_asks_before_it_starts_and_shows_what_came_of_it(panel: StartPanel, sandbox: Sandbox) -> None:
    fill(panel)
    control(panel.widget(), "Start this schedule").click()
    assert buttons(panel.widget()) == ["Yes, start it", "No"]
    assert "Outreach desk Paris" in said(panel.widget())
    assert created(sandbox) == []
    control(panel.widget(), "Yes").click()
    (body,) = created(sandbox)
    assert (body["cron"], body["callback"]) == ("30 7 * * 1", {"url": CELLS["callback_url"]})
    assert "1 of 1 schedule was started" in said(panel.widget())
    assert "Started from here" in repr(panel.static())
    assert SECRET not in said(panel.widget()) + repr(panel.static())


def test_no_starts_nothing(panel: StartPanel, sandbox: Sandbox) -> None:
    fill(panel)
    control(panel.widget(), "Start this schedule").click()
    control(panel.widget(), "No").click()
    assert buttons(panel.widget()) == ["Start this schedule …"]
    assert created(sandbox) == []


def test_an_edit_after_the_question_takes_it_back(panel: StartPanel, sandbox: Sandbox) -> None:
    fill(panel)
    control(panel.widget(), "Start this schedule").click()
    control(panel.widget(), "Cron").value = "0 5 * * *"
    assert buttons(panel.widget()) == ["Start this schedule …"]
    with pytest.raises(BadInput, match="Nothing was agreed to"):
        panel.form.start()
    assert created(sandbox) == []


def test_what_is_there_already_is_named_and_not_started_again(panel: StartPanel, sandbox: Sandbox) -> None:
    fill(panel)
    control(panel.widget(), "Start this schedule").click()
    control(panel.widget(), "Yes").click()
    control(panel.widget(), "Name").value = "Another label"
    control(panel.widget(), "Start this schedule").click()
    assert "It is there already" in said(panel.widget())
    assert buttons(panel.widget()) == ["Start this schedule …"]
    assert len(created(sandbox)) == 1


def test_a_refusal_is_shown(panel: StartPanel, sandbox: Sandbox) -> None:
    sandbox.faults.add(Fault("create", status=424, label="INTEGRATION_ERROR", times=0))
    fill(panel)
    control(panel.widget(), "Start this schedule").click()
    control(panel.widget(), "Yes").click()
    assert "1 of 1 schedule was refused" in said(panel.widget())


def test_without_anybody_there_it_says_where_the_panel_stands(panel: StartPanel) -> None:
    assert "choose one of 2 identities" in repr(panel)
