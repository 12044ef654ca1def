"""Records out of answers: envelopes opened, and odd rows never in the way of the others."""

import json
from collections.abc import Mapping
from typing import Any, TypeVar
from urllib.parse import quote

from edges_nb.errors import BadInput, Unreadable
from edges_nb.models.api import ApiRecord
from edges_nb.transport.exchange import Reply
from edges_nb.transport.mutation_result import Answer, Done, Unknown

AnyRecord = TypeVar("AnyRecord", bound=ApiRecord)

ENVELOPES = ("data", "items")
"""Names under which some servers put the rows of a list."""


def segment(text: str) -> str:
    """Quote a uid or action for a path, which it must not lead out of."""
    if not isinstance(text, str) or text.strip() in ("", ".", ".."):
        raise BadInput(f"{text!r} is no uid: give the uid as Edges shows it.")
    return quote(text, safe="")


def rows(reply: Reply, path: str) -> list[Any]:
    """Return the rows of a list as they came, whatever each of them is.

    Raises:
        Unreadable: the answer is no list.
    """
    found = listed(reply.value)
    if found is None:
        raise Unreadable(f"The answer to GET {path} is no list: check EDGES_API_BASE.", status=reply.status)
    return found


def listed(value: Any) -> list[Any] | None:
    """Return the answer itself where it is a list, or what its envelope holds."""
    if isinstance(value, dict):
        value = next((value[name] for name in ENVELOPES if isinstance(value.get(name), list)), None)
    return value if isinstance(value, list) else None


def unwrapped(value: Any) -> Any:
    """Return the record of an answer, which some servers put into `data`."""
    inner = value.get("data") if isinstance(value, dict) and len(value) == 1 else None
    return inner if isinstance(inner, dict) else value


def keyed(kind: type[AnyRecord], row: Any) -> tuple[str, AnyRecord | None]:
    """Read a row of a list; return what it is told apart by, and None in place of one that has no uid."""
    record = read(kind, row)
    uid = uid_of(record)
    return (uid, record) if uid else (f"no uid: {json.dumps(row, sort_keys=True, default=str)}", None)


def read(kind: type[AnyRecord], value: Any) -> AnyRecord | None:
    """Return the record of a value, None where it is none."""
    try:
        return kind.read(value)
    except ValueError:
        return None


def uid_of(record: ApiRecord | None) -> str | None:
    """Return the uid of a record of any kind."""
    return getattr(record, "uid", None) or getattr(record, "run_uid", None)


def shown(kind: type[AnyRecord], reply: Reply, uid: str) -> AnyRecord | None:
    """Return the record with a uid out of the answer to a change, None where it shows no such one."""
    record = read(kind, unwrapped(reply.value))
    return record if uid_of(record) == uid else None


def made(kind: type[AnyRecord], answer: Answer[Reply], path: str) -> Answer[AnyRecord]:
    """Turn a success that does not name what was made into an unknown: it can't be found again otherwise."""
    if not isinstance(answer, Done):
        return answer
    record = read(kind, unwrapped(answer.value.value))
    if record is not None and uid_of(record):
        return Done(record)
    status = answer.value.status
    error = Unreadable(
        f"The answer to POST {path} ({status}) does not tell the new uid: look whether it was made.",
        status=status,
        method="POST",
        path=path,
    )
    return Unknown(error)


def workspace_uids(found: list[Any]) -> set[str]:
    """Return the workspaces that rows of a list belong to, as far as they tell."""
    uids = (row.get("workspace_uid") for row in found if isinstance(row, Mapping))
    return {uid for uid in uids if uid and isinstance(uid, str)}
