"""What each endpoint does, once key, pace and faults have let a request through."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from edges_nb.sandbox import list_pages
from edges_nb.sandbox.callbacks import MOST_REPLAYS
from edges_nb.sandbox.create_body import RunBody, ScheduleBody, check_action, check_times, parse
from edges_nb.sandbox.entities import CONTINUABLE, RUN_STATUSES, SCHEDULE_STATUSES, StoredRun, StoredSchedule
from edges_nb.sandbox.serializers import (
    created_json,
    identity_json,
    run_input_json,
    run_json,
    run_output_json,
    schedule_json,
    workspace_json,
)
from edges_nb.sandbox.server_behaviour import Behaviour
from edges_nb.sandbox.wire_types import Call, Refusal, Request, SandboxReply
from edges_nb.sandbox.world import World

Record = TypeVar("Record")


@dataclass
class Context:
    """What a handler works with: the request, its record, and the workspace."""

    request: Request
    call: Call
    world: World
    behaviour: Behaviour
    list_calls: int
    selections: list_pages.Selections

    @property
    def subject(self) -> str:
        """The uid or action in the path."""
        return self.call.subject or ""

    def schedule(self) -> StoredSchedule:
        """The schedule in the path."""
        return _found(self.world.schedules.get(self.subject), "StoredSchedule", self.subject)

    def run(self) -> StoredRun:
        """The run in the path."""
        return _found(self.world.runs.get(self.subject), "StoredRun", self.subject)


def _found(record: Record | None, noun: str, uid: str) -> Record:
    if record is None:
        raise Refusal(404, "STATUS_404", f"{noun} {uid} not found", uid=uid)
    return record


def list_identities(context: Context) -> SandboxReply:
    """Answer `GET /identities`."""
    world, behaviour = context.world, context.behaviour
    accounts = context.request.query.get("retrieve_accounts") == "true"
    return list_pages.identity_page(
        list(world.identities.values()),
        context.request,
        behaviour,
        lambda row: identity_json(row, world, behaviour, accounts=accounts),
    )


def get_identity(context: Context) -> SandboxReply:
    """Answer `GET /identities/{uid}`."""
    identity = _found(context.world.identities.get(context.subject), "Identity", context.subject)
    accounts = context.request.query.get("retrieve_accounts") == "true"
    shown = identity_json(identity, context.world, context.behaviour, alone=True, accounts=accounts)
    return SandboxReply.of(200, shown)


def get_integration(context: Context) -> SandboxReply:
    """Answer `GET /identities/{uid}/integrations/linkedin`."""
    identity = _found(context.world.identities.get(context.subject), "Identity", context.subject)
    return SandboxReply.of(200, {"status": identity.linkedin, "account_name": identity.name})


def get_workspace(context: Context) -> SandboxReply:
    """Answer `GET /workspaces`."""
    return SandboxReply.of(200, workspace_json(context.world))


def get_consumption(context: Context) -> SandboxReply:
    """Answer `GET /workspaces/consumption`."""
    actions = Counter(run.action_name for run in context.world.runs.values())
    return SandboxReply.of(200, [{"action_slug": name, "credits": 0} for name in sorted(actions)])


def list_schedules(context: Context) -> SandboxReply:
    """Answer `GET /schedules`."""
    world, behaviour = context.world, context.behaviour
    rows = list_pages.select(
        world.schedules.values(), context.request, behaviour, SCHEDULE_STATUSES, context.selections
    )
    if world.all_visible_from > context.list_calls:
        rows = [row for row in rows if row.hidden_until_list <= context.list_calls]
    uids = context.request.values("uid")
    if uids and behaviour.uid_filter:
        rows = [row for row in rows if row.uid in uids]
    return list_pages.page(
        rows, context.request, behaviour, lambda row: schedule_json(row, world, behaviour, listed=True)
    )


def get_schedule(context: Context) -> SandboxReply:
    """Answer `GET /schedules/{uid}`."""
    return SandboxReply.of(200, schedule_json(context.schedule(), context.world, context.behaviour))


def pause(context: Context) -> SandboxReply:
    """Pause an active schedule; while paused it has no next execution."""
    return _move(context, {"ACTIVE"}, "PAUSED")


def resume(context: Context) -> SandboxReply:
    """Resume a paused schedule; its next execution is worked out anew."""
    return _move(context, {"PAUSED"}, "ACTIVE")


def cancel(context: Context) -> SandboxReply:
    """Cancel a schedule for good."""
    return _move(context, {"ACTIVE", "PAUSED"}, "CANCELLED")


def _move(context: Context, allowed: set[str], status: str) -> SandboxReply:
    schedule, world, behaviour = context.schedule(), context.world, context.behaviour
    if schedule.status == status and behaviour.repeat == "accepted":
        return SandboxReply.of(200, schedule_json(schedule, world, behaviour))
    if schedule.status not in allowed:
        message = f"A {schedule.status} schedule can't become {status}"
        label = "STATUS_404" if behaviour.refusal_status == 404 else "BAD_PARAMETERS"
        raise Refusal(behaviour.refusal_status, label, message, uid=schedule.uid, state=schedule.status)
    schedule.status = status
    schedule.updated_at = world.clock.stamp()
    active = status == "ACTIVE"
    schedule.next_execution_at = world.due_after(schedule, world.clock.now()) if active else None
    context.call.effect = True
    return SandboxReply.of(200, schedule_json(schedule, world, behaviour))


def create(context: Context) -> SandboxReply:
    """Create a schedule; without `schedule_at` its first run is queued at once, unless it waits for cron."""
    world, action = context.world, context.subject
    raw = _body(context)
    body = parse(ScheduleBody, raw)
    check_action(action, body, world.identities)
    check_times(body, world.clock.now())
    now = world.clock.stamp()
    schedule = world.insert(
        StoredSchedule(
            uid=world.uid_for_request(f"schedule/{action}", raw),
            created_at=now,
            updated_at=now,
            action_name=action,
            identity_ids=body.identity_ids,
            identity_mode=body.identity_mode,
            inputs=body.inputs,
            callback=body.callback.model_dump(exclude_unset=True) if body.callback else None,
            parameters=body.parameters.model_dump(exclude_unset=True),
            name=body.name,
            cron=body.cron or None,
            timezone=body.timezone,
            schedule_at=body.first_time,
            hidden_until_list=context.list_calls + context.behaviour.list_lag + 1,
        )
    )
    if schedule.schedule_at is None and context.behaviour.first_run_at_once:
        world.add_run(schedule, status="QUEUED")
    context.call.effect, context.call.created = True, schedule.uid
    return SandboxReply.of(201, created_json(schedule, context.behaviour))


def run_async(context: Context) -> SandboxReply:
    """Start a run at once."""
    world, action = context.world, context.subject
    raw = _body(context)
    body = parse(RunBody, raw)
    check_action(action, body, world.identities)
    run = StoredRun(
        uid=world.uid_for_request(f"run/{action}", raw),
        created_at=world.clock.stamp(),
        action_name=action,
        identity_ids=body.identity_ids,
        inputs=body.inputs,
        callback=body.callback.model_dump(exclude_unset=True) if body.callback else None,
        parameters=body.parameters.model_dump(exclude_unset=True),
        name=body.name,
        status="QUEUED",
    )
    world.runs[run.uid] = run
    context.call.effect, context.call.created = True, run.uid
    return SandboxReply.of(201, {context.behaviour.run_created_uid: run.uid, "status": "pending"})


def _body(context: Context) -> object:
    """The body as the server reads it, which may know nothing of names."""
    body = context.request.json
    if not isinstance(body, dict) or "name" not in body or context.behaviour.names == "kept":
        return body
    if context.behaviour.names == "refused":
        raise Refusal(400, "BAD_INPUT", "body must NOT have additional properties (name)")
    return {name: value for name, value in body.items() if name != "name"}


def continue_run(context: Context) -> SandboxReply:
    """Let an incremental run bring what is new since it ended; it keeps its uid."""
    run, world = context.run(), context.world
    if run.parameters.get("sync_mode") != "incremental":
        raise Refusal(400, "BAD_PARAMETERS", "Only an incremental run can be continued", uid=run.uid)
    identities = [world.identities.get(uid) for uid in run.identity_ids]
    if not all(identity is not None and identity.type == "engagement" for identity in identities):
        raise Refusal(400, "BAD_PARAMETERS", "Continuing requires an engagement identity", uid=run.uid)
    if run.status not in CONTINUABLE:
        message = f"A {run.status} run can't be continued"
        raise Refusal(400, "BAD_PARAMETERS", message, uid=run.uid, state=run.status)
    run.status, run.finished_at, run.last_error = "SCHEDULED", None, None
    run.attempt, run.queued_at, run.failed_inputs = run.attempt + 1, world.clock.now(), []
    context.call.effect = True
    return SandboxReply.of(200, run_json(run, world, context.behaviour))


def list_runs(context: Context) -> SandboxReply:
    """Answer `GET /runs`."""
    request, world = context.request, context.world
    list_pages.refuse_unless(context.behaviour.mode_filter, request, "execution_mode", ("LIVE", "ASYNC"))
    wanted = {name: request.query[name] for name in ("execution_mode", "uid") if name in request.query}
    rows = list_pages.select(
        world.runs.values(), request, context.behaviour, RUN_STATUSES, context.selections
    )
    if wanted:
        rows = [row for row in rows if all(getattr(row, name) == value for name, value in wanted.items())]
    return list_pages.page(
        rows, request, context.behaviour, lambda row: run_json(row, world, context.behaviour)
    )


def get_run(context: Context) -> SandboxReply:
    """Answer `GET /runs/{uid}`."""
    return SandboxReply.of(200, run_json(context.run(), context.world, context.behaviour))


def run_inputs(context: Context) -> SandboxReply:
    """Answer `GET /runs/{uid}/inputs`, which pages by cursor."""
    run = context.run()
    rows = [run_input_json(run, number, context.behaviour) for number in range(len(run.inputs))]
    return list_pages.cursor_page(rows, context.request, context.behaviour, lambda row: row)


def run_outputs(context: Context) -> SandboxReply:
    """Answer `GET /runs/{uid}/outputs`."""
    run, world = context.run(), context.world
    page = list_pages.cursor_page if context.behaviour.outputs == "cursor" else list_pages.page
    return page(
        range(run.output_count),
        context.request,
        context.behaviour,
        lambda number: run_output_json(run, number, world),
    )


def list_callbacks(context: Context) -> SandboxReply:
    """Answer `GET /runs/callbacks`, the newest delivery first."""
    wanted = {
        name: context.request.query[name] for name in ("status", "run_uid") if name in context.request.query
    }
    rows = [
        row
        for row in reversed(context.world.outbox.deliveries)
        if all(row[name] == value for name, value in wanted.items())
    ]
    return list_pages.page(rows, context.request, context.behaviour, lambda row: row)


def get_callback(context: Context) -> SandboxReply:
    """Answer `GET /runs/callbacks/{uid}`."""
    return SandboxReply.of(200, _delivery(context))


def replay_callback(context: Context) -> SandboxReply:
    """Send a delivery once more, at most three times and never a replay."""
    delivery = _delivery(context)
    again = [row for row in context.world.outbox.deliveries if row["parent_uid"] == delivery["uid"]]
    if delivery["parent_uid"] or len(again) >= MOST_REPLAYS:
        raise Refusal(400, "BAD_PARAMETERS", "This callback can't be replayed", uid=delivery["uid"])
    context.call.effect = True
    return SandboxReply.of(201, context.world.outbox.replay(delivery["uid"]))


def _delivery(context: Context) -> dict[str, Any]:
    rows = {row["uid"]: row for row in context.world.outbox.deliveries}
    return _found(rows.get(context.subject), "Callback", context.subject)


@dataclass(frozen=True)
class Operation:
    """An endpoint: its name in faults and history, the requests it answers, and the handler."""

    name: str
    method: str
    pattern: re.Pattern[str]
    handle: Callable[[Context], SandboxReply]


def _operation(name: str, method: str, path: str, handle: Callable[[Context], SandboxReply]) -> Operation:
    return Operation(name, method, re.compile("/v1" + path.replace("{}", "([^/]+)")), handle)


OPERATIONS = (
    _operation("list_identities", "GET", "/identities", list_identities),
    _operation("get_identity", "GET", "/identities/{}", get_identity),
    _operation("get_integration", "GET", "/identities/{}/integrations/linkedin", get_integration),
    _operation("get_workspace", "GET", "/workspaces", get_workspace),
    _operation("get_consumption", "GET", "/workspaces/consumption", get_consumption),
    _operation("list_schedules", "GET", "/schedules", list_schedules),
    _operation("get_schedule", "GET", "/schedules/{}", get_schedule),
    _operation("pause", "POST", "/schedules/{}/pause", pause),
    _operation("resume", "POST", "/schedules/{}/resume", resume),
    _operation("cancel", "POST", "/schedules/{}/cancel", cancel),
    _operation("create", "POST", "/actions/{}/run/schedule", create),
    _operation("run_async", "POST", "/actions/{}/run/async", run_async),
    _operation("list_runs", "GET", "/runs", list_runs),
    _operation("list_callbacks", "GET", "/runs/callbacks", list_callbacks),
    _operation("get_callback", "GET", "/runs/callbacks/{}", get_callback),
    _operation("replay_callback", "POST", "/runs/callbacks/{}/replay", replay_callback),
    _operation("get_run", "GET", "/runs/(?!callbacks$){}", get_run),
    _operation("run_status", "GET", "/runs/{}/status", get_run),
    _operation("run_inputs", "GET", "/runs/{}/inputs", run_inputs),
    _operation("run_outputs", "GET", "/runs/{}/outputs", run_outputs),
    _operation("continue_run", "POST", "/runs/{}/continue", continue_run),
)
