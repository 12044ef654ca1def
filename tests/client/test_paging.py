"""A paged list is read whole also while others change it, or the reading says that it is not."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

import pytest

from edges_nb.transport.pagination import LIMIT, ShiftingList, every_row, first_rows

Change = Callable[[list[str], int], None]


class Table:
    """Rows that a server shows by pages; `change` may alter them before each page."""

    def __init__(self, count: int, *, cap: int = LIMIT, change: Change = lambda *_: None) -> None:
        self.rows = [f"row {number}" for number in range(count)]
        self.seen = list(self.rows)
        self.offsets: list[int] = []
        self._cap = cap
        self._change = change
        self._lock = Lock()

    def page(self, offset: int) -> Sequence[str]:
        with self._lock:
            self._change(self.rows, len(self.offsets))
            self.offsets.append(offset)
            return self.rows[offset : offset + min(LIMIT, self._cap)]

    def read(self) -> list[str]:
        return every_row(self.page, str)


@pytest.mark.parametrize(
    ("count", "requests"),
    [
        pytest.param(0, 1, id="nothing"),
        pytest.param(1, 2, id="one row"),
        pytest.param(60, 2, id="a short page"),
        pytest.param(160, 3, id="two pages"),
        pytest.param(230, 4, id="three pages"),
        pytest.param(700, 11, id="pages read together"),
    ],
)
def test_small_list_takes_its_pages_and_one_request_for_the_end(count: int, requests: int) -> None:
    table = Table(count)
    assert table.read() == table.seen
    assert len(table.offsets) == requests


def test_long_list_takes_few_requests_more_than_it_has_pages() -> None:
    table = Table(20_000)
    assert sorted(table.read()) == sorted(table.seen)
    # How many of the pages ahead are under way when the end is met depends on the load of the machine.
    assert len(table.offsets) <= 20_000 / (LIMIT - 1) + 50


def test_pages_of_a_long_list_are_read_at_once() -> None:
    together, most, lock = [0], [0], Lock()
    table = Table(5_000)

    def page(offset: int) -> Sequence[str]:
        with lock:
            together[0] += 1
            most[0] = max(most[0], together[0])
        rows = table.page(offset)
        with ThreadPoolExecutor(1) as pool:  # lets other threads run
            pool.submit(str).result()
        with lock:
            together[0] -= 1
        return rows

    assert len(every_row(page, str)) == 5_000
    assert 4 < most[0] <= 16


@pytest.mark.parametrize("cap", [1, 2, 10, 50, 99])
def test_server_that_caps_its_pages_hides_nothing(cap: int) -> None:
    table = Table(cap * 5 + 3, cap=cap)
    assert sorted(table.read()) == sorted(table.seen)


@pytest.mark.parametrize("seed", range(20))
def test_pages_of_any_length_hide_nothing(seed: int) -> None:
    dice = random.Random(seed)
    table = Table(400)

    def page(offset: int) -> Sequence[str]:
        return table.page(offset)[: dice.randint(2, LIMIT)]

    assert sorted(every_row(page, str)) == sorted(table.seen)


@pytest.mark.parametrize("cap", [10, 50, LIMIT])
@pytest.mark.parametrize("seed", range(40))
def test_rows_that_stay_are_found_and_none_twice_while_others_come_and_go(seed: int, cap: int) -> None:
    dice = random.Random(seed)
    gone: set[str] = set()

    def come_and_go(rows: list[str], number: int) -> None:
        if dice.random() < 0.3:
            for _ in range(dice.choice([1, 1, 2, 5, 30])):
                if rows:
                    gone.add(rows.pop(dice.randrange(len(rows))))
        if dice.random() < 0.3:
            rows.append(f"new {number}")

    table = Table(dice.choice([30, 150, 700, 2_000]), cap=cap, change=come_and_go)
    found = table.read()
    assert len(found) == len(set(found))
    assert set(table.seen) - gone <= set(found), f"seed {seed}"


def test_rows_put_in_front_double_none_and_hide_none() -> None:
    table = Table(700, change=lambda rows, number: rows.insert(0, f"new {number}"))
    found = table.read()
    assert len(found) == len(set(found))
    assert set(table.seen) <= set(found)


@pytest.mark.parametrize("count", [100, 130])
def test_server_that_gives_its_full_first_page_for_ever_is_told_of(count: int) -> None:
    table = Table(count)
    with pytest.raises(ShiftingList, match="first page again"):
        every_row(lambda _: table.page(0), str)
    assert len(table.offsets) <= 3


def test_server_that_gives_all_it_has_on_every_page_is_read() -> None:
    table = Table(60)
    assert every_row(lambda _: table.page(0), str) == table.seen


def test_list_in_another_order_each_time_is_told_of() -> None:
    dice = random.Random(1)
    table = Table(900, change=lambda rows, _: dice.shuffle(rows))
    try:
        assert sorted(table.read()) == sorted(table.seen)
    except ShiftingList:
        assert len(table.offsets) < 2_000


def test_list_that_loses_its_rows_while_it_is_read_ends() -> None:
    table = Table(500, change=lambda rows, number: rows.clear() if number == 3 else None)
    assert set(table.read()) <= set(table.seen)


def test_error_of_a_page_reaches_the_reader() -> None:
    table = Table(5_000)

    def page(offset: int) -> Sequence[str]:
        if offset > 2_000:
            raise OSError("the line is dead")
        return table.page(offset)

    with pytest.raises(OSError, match="dead"):
        every_row(page, str)


@pytest.mark.parametrize(("wanted", "requests"), [(1, 1), (100, 1), (101, 2), (5_000, 4)])
def test_first_rows_take_no_more_pages_than_they_need(wanted: int, requests: int) -> None:
    table = Table(230)
    found = first_rows(table.page, str, lambda rows: len(rows) >= wanted)
    assert found == table.seen[: max(LIMIT, -(-wanted // LIMIT) * LIMIT)]
    assert len(table.offsets) == requests


def test_first_rows_end_where_a_server_gives_its_first_page_for_ever() -> None:
    asked: list[int] = []

    def page(offset: int) -> Sequence[str]:
        asked.append(offset)
        assert len(asked) < 9, "it asks for ever"
        return ["a", "b"]

    assert first_rows(page, str, lambda _: False) == ["a", "b"]
    assert asked == [0, 2]
