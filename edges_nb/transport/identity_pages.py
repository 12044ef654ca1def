"""Read the list of identities, which some servers page by `page` and others by `limit` and `offset`.

What is asked for is decided by the answers: a refused parameter is left out, and an ignored one shows by the
same rows again. The list is read to its end, or the reading ends with an error: identities that were not
read would make schedules look as if nobody ran them.
"""

from collections.abc import Callable, Mapping
from typing import Any

from edges_nb.errors import BadRequest, NotFound
from edges_nb.transport.pagination import LIMIT, ShiftingList, every_row

Row = tuple[str, Any]
"""What a row is told apart by, and what it holds."""

_ACCOUNTS = {"retrieve_accounts": "true"}
_FIRST: tuple[dict[str, str], ...] = (
    {"page": "1", "limit": str(LIMIT)},
    {"page": "1"},
    {"limit": str(LIMIT), "offset": "0"},
    {},
)
"""Ways to ask for the first page, the next one where a server refuses a parameter."""

_USUAL_SIZES = (10, 20, 25, 30, 50, 100)
"""Lengths by which a page looks as if it were not the whole list."""


class IdentityPages:
    """One reading of the list.

    Args:
        ask: reads a page by its query.

    Attributes:
        paging: how the server paged: `page`, `offset`, or `none` where it gives all at once.
        accounts: whether it takes `retrieve_accounts`.
    """

    def __init__(self, ask: Callable[[Mapping[str, str]], list[Row]]) -> None:
        self._ask = ask
        self._first: list[Row] = []
        self._query: dict[str, str] = {}
        self.paging = "none"
        self.accounts = True

    def read(self) -> list[Row]:
        """Return each row once.

        Raises:
            ApiError: a page can't be read.
            ShiftingList: the list can't be read whole.
        """
        self._first = self._ask_first()
        if not self._first:
            return []
        found = self._by_page() if "page" in self._query else None
        return self._by_offset() if found is None else found

    def _ask_first(self) -> list[Row]:
        ways = [{**way, **_ACCOUNTS} for way in _FIRST] + list(_FIRST)
        for number, way in enumerate(ways, 1):
            try:
                page = self._ask(way)
            except BadRequest:
                if number == len(ways):
                    raise
            else:
                self.accounts = way.keys() >= _ACCOUNTS.keys()
                self._query = way
                return page
        raise AssertionError("the last way answers or raises")

    def _by_page(self) -> list[Row] | None:
        """Go on by `page`; None where the server gives its first page again."""
        found = dict(self._first)
        # As long as the pages are: a server that caps `limit` may go by the number that it was asked for.
        size = {"limit": str(min(LIMIT, len(self._first)))} if "limit" in self._query else {}
        last, number = self._first, 1
        while True:
            number += 1
            try:
                page = self._ask({**self._query, **size, "page": str(number)})
            except NotFound:
                page = []  # so some servers say that there is no such page
            if not page or (page == last and number > 2):
                self.paging = "page"
                return list(found.items())
            fresh = [row for row in page if row[0] not in found]
            if not fresh and number == 2:
                return None
            if not fresh:
                raise ShiftingList("its pages brought the same rows again")
            found.update(fresh)
            last = page

    def _by_offset(self) -> list[Row]:
        """Read all by `limit` and `offset`, as far as the server takes them."""
        others = {name: value for name, value in self._query.items() if name in _ACCOUNTS}

        def page(offset: int) -> list[Row]:
            return self._ask({**others, "limit": str(LIMIT), "offset": str(offset)})

        try:
            again = page(len(self._first))
        except BadRequest:
            again = self._first
        if again and {key for key, _ in again} <= {key for key, _ in self._first}:
            if len(self._first) in _USUAL_SIZES:
                raise ShiftingList("the server gives its first page again, whatever page it is asked for")
            return list(dict(self._first).items())
        self.paging = "offset"
        if not again:
            return list(dict(self._first).items())
        return every_row(page, lambda row: row[0])
