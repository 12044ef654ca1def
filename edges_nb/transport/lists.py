"""Read lists of the API whole: paged by offset, by page or by links, whatever odd rows are among them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from itertools import chain, pairwise
from typing import Any, TypeVar

from edges_nb.errors import (
    ApiError,
    BadInput,
    BadRequest,
    KeyRefused,
    LimitReached,
    NotFound,
    RateLimited,
    Transient,
    Unreadable,
)
from edges_nb.models.api import ApiRecord, CallbackDelivery, Identity, Run, Schedule
from edges_nb.models.unreadable import told_unreadable
from edges_nb.models.workspace import Workspace
from edges_nb.transport.http import Transport
from edges_nb.transport.identity_pages import IdentityPages
from edges_nb.transport.pagination import LIMIT, ShiftingList, every_row, first_rows
from edges_nb.transport.parsing import (
    AnyRecord,
    keyed,
    listed,
    read,
    rows,
    segment,
    uid_of,
    unwrapped,
    workspace_uids,
)

Listed = TypeVar("Listed", Identity, Schedule, Run, CallbackDelivery)

CALLBACKS = "/runs/callbacks"
_FEWER = 20
"""Rows of a page of callbacks where a server gives no more; the reference names 20 and 100."""

_UNLISTED = 20
"""Identities that are asked for one by one; where more are missing, the list can't be what it should be."""

_MOST_BY_CURSOR = 500
"""Rows of a page that is found by a link: the most that the API gives."""


class Lists:
    """The lists of one workspace.

    Attributes:
        without_uid: how many rows of each list could not be read for want of a uid, by its path.
        identity_paging: how the server paged identities: `page`, `offset`, or `none` (all at once).
        identities_not_asked_for: how many more than a few were named and not listed.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._workspace_uids: set[str] = set()
        self.without_uid: dict[str, int] = {}
        self._odd: dict[str, list[ApiRecord]] = {}
        self.identity_paging = "none"
        self._limit = LIMIT
        self.identities_not_asked_for = 0

    def identities(self, named: Iterable[str] = ()) -> list[Identity]:
        """Return every listed identity, and those that are named besides, as long as these are few.

        Of those named, the ones without a LinkedIn connection of which the list does not say whether they are
        active are asked for as well: a schedule can't be created for an identity that is not.
        """

        def page(query: Mapping[str, str]) -> list[tuple[str, Identity | None]]:
            return [keyed(Identity, row) for row in self._rows("/identities", query)]

        pages = IdentityPages(page)
        with _whole("/identities"):
            found = self._with_uid(pages.read(), "/identities")
        self.identity_paging = pages.paging
        known = {identity.uid: identity for identity in found}
        missing = [uid for uid in dict.fromkeys(named) if uid not in known or _may_be_inactive(known[uid])]
        unlisted = sum(uid not in known for uid in missing[_UNLISTED:])
        self.identities_not_asked_for = unlisted
        for uid in missing[:_UNLISTED]:
            # What does not answer stays unknown, which its schedule's decision tells.
            with suppress(BadInput, BadRequest, NotFound, Unreadable):
                alone = self.one(Identity, f"/identities/{segment(uid)}", uid)
                listed = known.get(uid)
                known[uid] = listed.model_copy(update={"is_active": alone.is_active}) if listed else alone
        return list(known.values())

    @property
    def told(self) -> list[str]:
        """Sentences on what of the lists could not be read, or was not asked for; none where all was."""
        odd = told_unreadable(chain.from_iterable(self._odd.values()), self.without_uid)
        more = self.identities_not_asked_for
        told = "more identities that schedules name are not in the list and were not asked for one by one."
        return [*odd, *[f"{more:,} {told}"] * bool(more)]

    def one(self, kind: type[AnyRecord], path: str, uid: str) -> AnyRecord:
        """Return one record.

        Raises:
            Unreadable: the answer is about something else.
        """
        reply = self._transport.get(path, uid=uid)
        record = read(kind, unwrapped(reply.value))
        if record is None or uid_of(record) != uid:
            what = "is about something else: try again" if record else "has no uid: check EDGES_API_BASE"
            raise Unreadable(f"The answer to GET {path} {what}.", status=reply.status)
        return record

    def page(self, path: str, query: Mapping[str, str], offset: int, uid: str = "") -> list[Any]:
        """Return one page as it came, with fewer rows from a server that refuses to give so many."""
        try:
            return self._rows(path, {**query, "limit": str(self._limit), "offset": str(offset)}, uid)
        except BadRequest:
            if path != CALLBACKS or self._limit == _FEWER:
                raise
            self._limit = _FEWER
            return self.page(path, query, offset, uid)

    def every(
        self,
        kind: type[Listed],
        path: str,
        query: Mapping[str, str],
        newest: int | None = None,
        since: datetime | None = None,
    ) -> list[Listed]:
        """Return each row once: all, or, of a list whose newest come first, the `newest` or those `since`."""

        def page_at(offset: int) -> list[tuple[str, Listed | None]]:
            # Read in the threads that wait for pages: in a long list that is a fifth of the time.
            return [keyed(kind, row) for row in self.page(path, query, offset)]

        def enough(found: Sequence[tuple[str, Listed | None]]) -> bool:
            if newest is not None and len(found) >= newest:
                return True
            moments = [record.created_at for _, record in found if record is not None and record.created_at]
            # In a list of another order, what is older says nothing of what comes behind it.
            in_order = all(sooner <= later for later, sooner in pairwise(moments))
            return since is not None and bool(moments) and in_order and moments[-1] < since

        with _whole(path):
            all_of_it = newest is None and since is None
            found = every_row(page_at, _key) if all_of_it else first_rows(page_at, _key, enough)
        records = self._with_uid(found, path)
        return [
            record
            for record in records
            if since is None or not (record.created_at and record.created_at < since)
        ]

    def _with_uid(self, found: Iterable[tuple[str, Listed | None]], path: str) -> list[Listed]:
        """Leave out the rows that have no uid, and remember what could not be read."""
        rows = [record for _, record in found]
        self.without_uid[path] = rows.count(None)
        records = [record for record in rows if record is not None]
        self._odd[path] = [record for record in records if record.unreadable]
        return records

    def by_cursor(self, path: str, uid: str, limit: int | None = None) -> tuple[list[Any], bool]:
        """Return the rows of a list that links its pages, and whether it linked any."""
        try:
            reply = self._transport.get(path, {"limit": str(_MOST_BY_CURSOR)}, uid=uid)
        except BadRequest:
            reply = self._transport.get(path, {"limit": str(LIMIT)}, uid=uid)
        found = list(rows(reply, path))
        links: set[str] = set()
        while reply.next_url and (limit is None or len(found) < limit):
            if reply.next_url in links:
                raise Unreadable(f"The list at {path} links its pages in a circle: try again later.")
            links.add(reply.next_url)
            reply = self._transport.get_next(reply, uid=uid)
            found += rows(reply, path)
        return found, bool(links)

    def workspace(self) -> Workspace:
        """Return the workspace as the server shows it, or with the uid that listed rows show.

        Raises:
            ApiError: it can't be read, which is another thing than not being offered.
        """
        told: list[Workspace] = []
        passing: ApiError | None = None
        try:
            value = unwrapped(self._transport.get("/workspaces").value)
            told = [Workspace.read(row) for row in listed(value) or [value] if isinstance(row, dict)]
        except (KeyRefused, LimitReached, RateLimited):
            raise
        except ApiError as error:
            passing = error if isinstance(error, Transient) else None
        if len(told) == 1 and told[0].uid:
            return told[0]
        # In this order, so that every process with this key finds the same.
        for path in ("/schedules", "/identities", "/runs"):
            if len(self._workspace_uids) != 1:
                self._rows(path, {})
        uid = next(iter(self._workspace_uids)) if len(self._workspace_uids) == 1 else None
        if uid is None and passing is not None:
            raise passing
        matching = [each for each in told if each.uid in (None, uid)] if uid or len(told) == 1 else []
        return (matching[0] if matching else Workspace()).model_copy(update={"uid": uid})

    def _rows(self, path: str, query: Mapping[str, str], uid: str = "") -> list[Any]:
        found = rows(self._transport.get(path, query, uid=uid), path)
        self._workspace_uids |= workspace_uids(found)
        return found


@contextmanager
def _whole(path: str) -> Iterator[None]:
    try:
        yield
    except ShiftingList as error:
        raise Unreadable(f"The list at {path} can't be read whole, {error}: try again later.") from None


def _key(row: tuple[str, object]) -> str:
    return row[0]


def _may_be_inactive(identity: Identity) -> bool:
    shown = identity.is_active is not None or identity.type == "standard"
    return not shown and identity.linkedin_status not in (None, "VALID")
