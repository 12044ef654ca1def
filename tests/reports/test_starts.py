"""What is to be started, as it is shown: nothing secret, nothing that becomes markup, and not too much."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pytest

from edges_nb.models.api import CONNECTIONS, Identity, ScheduleRequest
from edges_nb.models.plan_items import Caution, Start, StartDecision
from edges_nb.models.results import Outcome, Result
from edges_nb.reports.page import page
from edges_nb.reports.start_report import (
    identities_table,
    request_text,
    requests,
    start_parts,
    starts_table,
    times_table,
)
from tests.reports.markup import Markup, dangers
from tests.reports.payloads import PAYLOADS
from tests.reports.samples import asked

SECRET = "fake-secret-for-tests"
NOW = asked().at


def start(number: int = 0, text: str = "Desk", **fields: object) -> Start:
    given: dict[str, object] = {
        "action": CONNECTIONS,
        "inputs": [{"linkedin_url": f"https://www.linkedin.com/in/{number}", "note": text}],
        "callback": {"url": "https://hooks.example.com/x", "headers": {text: text}},
        "identity_ids": [f"identity-{number}"],
        "cron": "0 9 * * *",
        "timezone": "America/Chicago",
        "parameters": {"sync_mode": "incremental", "max_results": 50},
        "name": text,
    }
    request = ScheduleRequest.model_validate(given | fields)
    owner = Identity(uid=f"identity-{number}", name=text, type="engagement", is_active=True, timezone=text)
    decisions = list(StartDecision)
    return Start(
        f"{number:012x}",
        f"line {number}",
        decisions[number % len(decisions)],
        text,
        request,
        owner,
        found=text,
        warnings=(Caution("code", text),),
    )


def reported(texts: Sequence[str], ending: str = "") -> str:
    items = [start(number, text) for number, text in enumerate(texts)]
    results = [Result(item.uid, ending, text, text) for item, text in zip(items, texts, strict=True)]
    outcome = Outcome(tuple(results)) if ending else None
    owners = [item.identity for item in items if item.identity]
    more = [("Who", identities_table(owners))]
    return page(asked(), start_parts(asked(), items, "schedule", outcome, more))


@pytest.mark.parametrize("ending", ["", "started", "refused"])
def test_text_from_outside_stays_text(ending: str) -> None:
    usual = [f"Desk {number:02d}" for number in range(len(PAYLOADS))]
    markup = Markup(reported(PAYLOADS, ending))
    assert dangers(markup) == []
    assert Counter(markup.shape) == Counter(Markup(reported(usual, ending)).shape)


def test_a_request_is_shown_exactly_but_for_what_may_be_secret() -> None:
    inputs = [
        {"linkedin_url": f"https://x.example.com/in/a?token={SECRET}", "n": 3, "custom_data": {"key": SECRET}}
    ]
    callback = {
        "url": f"https://hooks.example.com/{SECRET}",
        "headers": {"Authorization": SECRET},
        "on": "final",
    }
    item = start(inputs=inputs * 5, callback=callback, schedule_at="2026-11-03T08:00:00Z")
    text = request_text(item.request, item.uid, "schedule")
    assert SECRET not in text
    for shown in (
        f"POST /actions/{CONNECTIONS}/run/schedule",
        '"linkedin_url": "https://x.example.com/in/a"',
        '"… and 2 more"',
        '"Authorization": "•••"',
        '"on": "final"',
        '"schedule_at": "2026-11-03T08:00:00Z"',
        '"name": "Desk [edges-nb start of 000000000000]"',
    ):
        assert shown in text


def test_the_next_five_times_are_told_in_both_timezones_over_a_change_of_the_clocks() -> None:
    shown = repr(
        times_table([start(cron="0 9 * * 0", timezone="America/Chicago")], NOW.replace(month=10, day=20))
    )
    assert "Sun 25 Oct 2026, 09:00 America/Chicago  Sun 25 Oct 2026, 14:00 UTC" in shown
    assert "Sun 1 Nov 2026, 09:00 America/Chicago   Sun 1 Nov 2026, 15:00 UTC" in shown
    assert shown.count(" UTC") == 1 + 5


def test_many_rows_are_folded_and_still_more_are_counted() -> None:
    assert "All 30 rows" in repr(starts_table([start(number) for number in range(30)]))
    many = [start(number) for number in range(0, 2_001 * 4, 4)]
    assert "plan.csv has a row for each" in repr(starts_table(many))
    assert "1,998 more requests" in repr(requests(many, "schedule"))


def test_where_nobody_can_run_it_that_is_said() -> None:
    idle = Identity(uid="x", name="Idle", type="engagement", is_active=False)
    assert "No identity of this workspace" in repr(identities_table([idle]))
