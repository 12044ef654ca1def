"""Somebody else at work, an old approval, a server that makes something else than it was asked for."""

from typing import Any

import pytest

from . import situations
from .faults import RequestFault
from .process import LedgerFault
from .setting import ORDERS, Order, Setting

orders = pytest.mark.parametrize("order", ORDERS)


@orders
@pytest.mark.parametrize("what", situations.DRIFTS)
def test_what_changed_since_it_was_planned_is_left_alone(order: Order, what: str) -> None:
    assert situations.drifted(Setting(order), situations.DRIFTS[what]) == []


@pytest.mark.parametrize("meddle", [situations.callback_edited, situations.paused_where_twice_is_fine])
def test_change_that_shows_least_is_noticed(meddle: situations.Meddling) -> None:
    assert situations.drifted(Setting(count=2), meddle) == []


@orders
def test_approval_of_another_plan_touches_nothing(order: Order) -> None:
    assert situations.not_approved(Setting(order)) == []


@orders
@pytest.mark.parametrize("names", ["kept", "refused"])
@pytest.mark.parametrize("verb", ["pause", "resume", "cancel"])
def test_original_that_somebody_moves_after_a_crash_is_never_doubled(
    order: Order, names: Any, verb: str
) -> None:
    faults = [RequestFault("crash", "after", number) for number in range(5, 14, 2)]
    deaths = [LedgerFault("crash after", number) for number in range(3, 14, 2)]
    for fault in (*faults, *deaths):
        assert situations.meddled_halfway(Setting(order, names, count=1), fault, verb) == [], fault


@orders
@pytest.mark.parametrize("what", situations.WRONG)
def test_replacement_that_is_not_as_requested_is_removed_and_the_old_one_goes_on(
    order: Order, what: str
) -> None:
    assert situations.wrong_child(Setting(order, count=2), situations.WRONG[what]) == []


@orders
def test_old_configuration_runs_as_before_where_the_new_one_is_refused(order: Order) -> None:
    assert situations.refused(Setting(order, count=2)) == []


@orders
def test_schedules_left_out_of_an_apply_are_not_touched(order: Order) -> None:
    assert situations.only_the_first(Setting(order)) == []
