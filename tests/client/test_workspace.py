"""A workspace is known by what the server tells of it, and by its key's hash where it tells nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from edges_nb.client import Edges
from edges_nb.errors import ApiError, KeyRefused, Transient
from edges_nb.models.workspace import Workspace

from .serving import KEY, Scripted, client, failure

ACME: dict[str, Any] = {
    "uid": "w-1",
    "name": "Acme",
    "plan_name": "Gold",
    "credits_left": 1200,
    "credits_max": "5000",
    "current_month_start": "2026-11-01T00:00:00Z",
}


def server(workspaces: httpx.Response, **lists: Any) -> Callable[[httpx.Request], httpx.Response]:
    """A server whose lists show what is given, and nothing else."""

    def app(request: httpx.Request) -> httpx.Response:
        path = request.url.path.rpartition("/")[2]
        return workspaces if path == "workspaces" else httpx.Response(200, json=lists.get(path, []))

    return app


def shown(value: Any) -> httpx.Response:
    return httpx.Response(200, json=value)


@pytest.mark.parametrize("answer", [ACME, [ACME], {"data": ACME}, {"data": [ACME]}, {"items": [ACME]}])
def test_workspace_is_read_in_every_envelope(answer: object) -> None:
    edges = client(server(shown(answer)))
    assert (edges.workspace.name, edges.workspace.credits_max) == ("Acme", 5000)
    assert edges.workspace_key == "w-1"
    assert edges.place == "workspace Acme (w-1), plan Gold, 1,200 of 5,000 credits left on api.example.com"


def test_workspace_is_read_once_and_showing_the_client_asks_for_nothing() -> None:
    script = Scripted(shown(ACME))
    edges = client(script)
    assert repr(edges) == "<Edges api.example.com>"
    assert script.requests == []
    assert edges.workspace is edges.workspace
    assert len(script.requests) == 1
    assert "Acme (w-1)" in repr(edges)


@pytest.mark.parametrize("missing", [400, 402, 403, 404, 405, 410, 501])
@pytest.mark.parametrize("where", ["schedules", "identities", "runs"])
def test_rows_tell_the_workspace_where_it_can_not_be_asked_for(where: str, missing: int) -> None:
    edges = client(server(failure(missing), **{where: [{"uid": "x", "workspace_uid": "w-2"}]}))
    assert edges.workspace == Workspace(uid="w-2")
    assert edges.workspace_key == "w-2"


def test_rows_that_were_read_already_are_not_asked_for_again() -> None:
    asked: list[str] = []
    listed = server(failure(404), identities=[{"uid": "i", "workspace_uid": "w-3"}])

    def app(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return listed(request)

    edges = client(app)
    edges.identities()
    asked.clear()
    assert edges.workspace_key == "w-3"
    assert asked == ["/v1/workspaces"]


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [{"uid": "s"}],
        [{"uid": "s", "workspace_uid": ""}, {"uid": "t", "workspace_uid": 7}],
        [{"uid": "s", "workspace_uid": "w-1"}, {"uid": "t", "workspace_uid": "w-2"}],
    ],
)
def test_key_stands_for_a_workspace_whose_uid_nothing_shows(rows: list[Any]) -> None:
    edges = client(server(failure(404), schedules=rows))
    assert edges.workspace_key == edges.key_name == client(server(failure(404))).workspace_key
    assert edges.key_name.startswith("key-")
    assert KEY not in edges.key_name


def test_name_without_a_uid_is_joined_by_the_uid_that_rows_show() -> None:
    edges = client(server(shown({"name": "Acme", "uid": None}), runs=[{"uid": "r", "workspace_uid": "w-4"}]))
    assert edges.workspace.words == "Acme (w-4)"


def test_of_several_workspaces_it_is_the_one_that_rows_show() -> None:
    both = shown([{"uid": "w-1", "name": "One"}, {"uid": "w-2", "name": "Two"}])
    assert client(server(both, schedules=[{"uid": "s", "workspace_uid": "w-2"}])).workspace.name == "Two"
    assert client(server(both)).workspace == Workspace()


@pytest.mark.parametrize("status", [401, 403])
def test_refused_key_is_told_and_not_taken_for_a_missing_page(status: int) -> None:
    with pytest.raises(ApiError) as caught:
        _ = client(Scripted(failure(status))).workspace
    assert isinstance(caught.value, KeyRefused) or status == 403


def test_server_that_fails_does_not_lead_to_another_name() -> None:
    with pytest.raises(Transient):
        _ = client(server(failure(503))).workspace_key


def test_unreadable_fields_are_unknown() -> None:
    edges = client(server(shown({**ACME, "credits_left": {"n": 1}, "name": 7})))
    assert edges.workspace.words == "w-1, plan Gold"


def test_each_client_reads_its_own() -> None:
    clients: list[Edges] = [client(server(shown({"uid": uid}))) for uid in ("w-1", "w-2")]
    assert [edges.workspace_key for edges in clients] == ["w-1", "w-2"]
