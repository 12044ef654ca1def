"""Identities are read whole, or the reading ends with a sentence, whatever the server takes and gives."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from edges_nb.errors import EdgesNbError
from edges_nb.models.api import Identity

from .serving import client, failure


class Identities:
    """A list of identities on a server.

    Args:
        takes: parameters that page; the others are ignored.
        refuses: parameters that are answered with 400.
        size: rows of a page, where `limit` does not say fewer.
        beyond: what a page behind the end is: `empty`, `missing` (404), or the `last` one again.
    """

    def __init__(
        self, count: int, takes: set[str], refuses: set[str], size: int, envelope: str = "", beyond: str = ""
    ) -> None:
        self.rows = [{"uid": f"i-{number:03d}", "name": f"N{number}"} for number in range(count)]
        self.takes, self.refuses, self.size = takes, refuses, size
        self.envelope, self.beyond = envelope, beyond
        self.queries: list[dict[str, str]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        query = dict(request.url.params)
        self.queries.append(query)
        if self.refuses & query.keys():
            return failure(400, "BAD_INPUT")
        size = min(self.size, int(query.get("limit", 10))) if "limit" in self.takes else self.size
        start = int(query.get("offset", 0)) if "offset" in self.takes else 0
        if "page" in self.takes:
            start += (int(query.get("page", 1)) - 1) * size
        if start >= len(self.rows) and self.rows:
            if self.beyond == "missing":
                return failure(404, "STATUS_404")
            if self.beyond == "last":
                start = (len(self.rows) - 1) // size * size
        page: list[dict[str, Any]] = self.rows[start : start + size]
        return httpx.Response(200, json={self.envelope: page} if self.envelope else page)


SERVERS: dict[str, tuple[set[str], set[str]]] = {
    "page": ({"page"}, set()),
    "page, others refused": ({"page"}, {"limit", "offset"}),
    "page, accounts refused": ({"page"}, {"limit", "offset", "retrieve_accounts"}),
    "page and limit": ({"page", "limit"}, set()),
    "page and limit, offset refused": ({"page", "limit"}, {"offset"}),
    "offset": ({"limit", "offset"}, set()),
    "offset, page refused": ({"limit", "offset"}, {"page"}),
    "offset, page and accounts refused": ({"limit", "offset"}, {"page", "retrieve_accounts"}),
    "offset without limit": ({"offset"}, set()),
    "all": ({"page", "limit", "offset"}, set()),
}


@pytest.mark.parametrize("envelope", ["", "data", "items"])
@pytest.mark.parametrize("size", [20, 100])
@pytest.mark.parametrize("server", SERVERS)
def test_every_identity_is_read_however_the_server_pages(server: str, size: int, envelope: str) -> None:
    listing = Identities(250, *SERVERS[server], size, envelope)
    assert [identity.uid for identity in client(listing).identities()] == [row["uid"] for row in listing.rows]


@pytest.mark.parametrize("count", [0, 1, 19, 20, 21, 100, 101])
@pytest.mark.parametrize("beyond", ["empty", "missing", "last"])
def test_end_of_the_list_is_found_however_it_looks(count: int, beyond: str) -> None:
    listing = Identities(count, {"page"}, set(), 20, beyond=beyond)
    if beyond == "last" and count == 20:
        with pytest.raises(EdgesNbError, match="can't be read whole"):
            client(listing).identities()
    else:
        assert len(client(listing).identities()) == count


@pytest.mark.parametrize("refuses", [set(), {"page", "limit", "offset"}])
@pytest.mark.parametrize(("size", "whole"), [(20, False), (100, False), (250, True), (251, True)])
def test_first_page_alone_is_not_taken_for_the_whole_list(refuses: set[str], size: int, whole: bool) -> None:
    edges = client(Identities(250, set(), refuses, size))
    if whole:
        assert len(edges.identities()) == 250
    else:
        with pytest.raises(EdgesNbError, match="can't be read whole"):
            edges.identities()


def test_few_identities_cost_few_requests_where_the_server_is_as_documented() -> None:
    listing = Identities(12, {"page"}, set(), 20)
    client(listing).identities()
    assert len(listing.queries) == 2
    assert all(query["retrieve_accounts"] == "true" for query in listing.queries)


def test_refused_key_is_told() -> None:
    with pytest.raises(EdgesNbError, match="EDGES_API_KEY"):
        client(lambda _: failure(401, "AUTH_EXPIRED")).identities()


@pytest.mark.parametrize(
    ("accounts", "status"),
    [
        ([{"integration": "linkedin", "status": "INVALID"}], "INVALID"),
        ([{"type": "LinkedIn", "status": "valid"}], "VALID"),
        ([{"integration": "gmail", "status": "VALID"}], None),
        ([{"type": "linkedin", "status": "VALID"}, {"type": "linkedin", "status": "INVALID"}], None),
        ([{"type": "linkedin", "status": "new"}, None, "linkedin"], None),
        ([], None),
        (None, None),
        ("linkedin", None),
    ],
)
def test_state_of_the_linkedin_account_is_read_or_unknown(accounts: Any, status: str | None) -> None:
    assert Identity.read({"uid": "i", "accounts": accounts}).linkedin_status == status


@pytest.mark.parametrize(
    ("told", "active"), [(True, True), ("true", True), ("false", False), (None, None), ("perhaps", None)]
)
def test_activity_is_read_or_unknown(told: object, active: bool | None) -> None:
    assert Identity.read({"uid": "i", "is_active": told}).is_active is active
    assert Identity.read({"uid": "i"}).is_active is None


def test_identity_that_only_a_schedule_names_is_asked_for_as_long_as_these_are_few() -> None:
    listing = Identities(3, {"page"}, set(), 20)
    asked: list[str] = []

    def app(request: httpx.Request) -> httpx.Response:
        uid = request.url.path.removeprefix("/v1/identities").lstrip("/")
        if not uid:
            return listing(request)
        asked.append(uid)
        return httpx.Response(200, json={"uid": uid}) if uid != "gone" else failure(404, "STATUS_404")

    assert {identity.uid for identity in client(app).identities(["i-001", "x-1", "gone"])} == {
        "i-000",
        "i-001",
        "i-002",
        "x-1",
    }
    assert asked == ["x-1", "gone"]
    asked.clear()
    client(app).identities(f"x-{number}" for number in range(60))
    assert len(asked) == 20


@pytest.mark.parametrize(
    ("status", "type_", "asked_for"),
    [("INVALID", "engagement", True), ("VALID", "engagement", False), ("INVALID", "standard", False)],
)
def test_identity_that_may_be_inactive_is_looked_at(status: str, type_: str, asked_for: bool) -> None:
    row = {"uid": "i", "type": type_, "accounts": [{"integration": "linkedin", "status": status}]}

    def app(request: httpx.Request) -> httpx.Response:
        alone = request.url.path.endswith("/i")
        return httpx.Response(200, json=row | {"is_active": "false"} if alone else [row])

    (identity,) = client(app).identities(["i"])
    assert (identity.is_active is False) is asked_for
