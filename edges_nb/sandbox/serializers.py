"""Records as the JSON of the API, in each dialect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from edges_nb.sandbox.entities import StoredIdentity, StoredRun, StoredSchedule
from edges_nb.sandbox.networks import contact_json
from edges_nb.sandbox.server_behaviour import Behaviour
from edges_nb.sandbox.virtual_clock import iso

if TYPE_CHECKING:
    from edges_nb.sandbox.world import World


def identity_json(
    identity: StoredIdentity,
    world: World,
    behaviour: Behaviour,
    *,
    alone: bool = False,
    accounts: bool = False,
) -> dict[str, Any]:
    """An identity in lists, or alone as GET shows it, with its LinkedIn account where that is asked for."""
    fields: dict[str, Any] = {
        "uid": identity.uid,
        "name": identity.name,
        "type": identity.type,
        "timezone": identity.timezone,
        "workspace_uid": world.workspace_uid,
        "created_at": iso(identity.created_at),
        "integrations": ["linkedin"],
    }
    if behaviour.active_shown == "boolean":
        fields["is_active"] = identity.is_active
    elif behaviour.active_shown == "documented" and alone:
        fields["is_active"] = str(identity.is_active).lower()
    if accounts:
        account = {"integration": "linkedin", "status": identity.linkedin, "account_name": identity.name}
        fields["accounts"] = [account]
    return fields


def workspace_json(world: World) -> dict[str, Any]:
    """The workspace itself."""
    engaged = sum(identity.type == "engagement" for identity in world.identities.values())
    used = 10 * len(world.runs)
    return {
        "uid": world.workspace_uid,
        "name": world.workspace_name,
        "plan_name": "Gold",
        "credits_max": 100_000,
        "credits_used": used,
        "credits_left": max(0, 100_000 - used),
        "current_month_start": iso(world.clock.now().replace(day=1, hour=0, minute=0, second=0)),
        "current_month_end": iso(world.clock.now().replace(day=28, hour=23, minute=59, second=59)),
        "identities_included": 10,
        "identities_synced": engaged,
        "identities_remaining": max(0, 10 - engaged),
    }


def schedule_json(
    schedule: StoredSchedule, world: World, behaviour: Behaviour, *, listed: bool = False
) -> dict[str, Any]:
    """A schedule in lists and GET, with the optional fields where they are shown."""
    fields: dict[str, Any] = {}
    if behaviour.uid_field != "scheduled_run_uid":
        fields["uid"] = schedule.uid
    if behaviour.uid_field != "uid":
        fields["scheduled_run_uid"] = schedule.uid
    fields |= {
        "name": schedule.name,
        "action_id": world.uid_for("action", schedule.action_name),
        "action_name": schedule.action_name,
        "user_uid": world.user_uid,
        "workspace_uid": world.workspace_uid,
        "status": schedule.status,
        "postponed_until": iso(schedule.postponed_until),
        "cron": schedule.cron,
        "timezone": schedule.timezone,
        "next_execution_at": iso(schedule.next_execution_at),
        "last_executed_at": iso(schedule.last_executed_at),
        "created_at": iso(schedule.created_at),
        "updated_at": iso(schedule.updated_at),
    }
    shown = behaviour.optional_fields in ("both", "list" if listed else "get")
    if behaviour.dialect == "guide" and shown:
        fields |= {"inputs": schedule.inputs, "identity_ids": schedule.identity_ids}
        # These are absent, not null, where there is nothing to tell: the guide calls them optional.
        if schedule.callback is not None:
            fields["callback"] = schedule.callback
        if schedule.schedule_at is not None:
            fields["schedule_at"] = iso(schedule.schedule_at)
    if behaviour.parameters_in_get:
        fields["parameters"] = schedule.parameters
    return fields


def created_json(schedule: StoredSchedule, behaviour: Behaviour) -> dict[str, Any]:
    """The answer to a create."""
    return {
        behaviour.created_uid: schedule.uid,
        "status": schedule.status,
        "cron": schedule.cron,
        "timezone": schedule.timezone,
        "next_execution_at": iso(schedule.next_execution_at),
        "created_at": iso(schedule.created_at),
    }


def run_json(run: StoredRun, world: World, behaviour: Behaviour) -> dict[str, Any]:
    """A run in lists and GET, with the fields that the server shows."""
    schedule = world.schedules.get(run.scheduled_run_uid or "")
    fields = {
        "uid": run.uid,
        "name": run.name,
        "scheduled_run_name": schedule.name if schedule else None,
        "scheduled_run_uid": run.scheduled_run_uid,
        "action_name": run.action_name,
        "execution_mode": run.execution_mode,
        "status": run.status,
        "parameters": run.parameters,
        "callback": run.callback,
        "output_count": run.output_count,
        "last_error": run.last_error,
        "last_info": run.last_info,
        "started_at": iso(run.started_at),
        "finished_at": iso(run.finished_at),
        "created_at": iso(run.created_at),
    }
    if not behaviour.runs_show_schedule:
        del fields["scheduled_run_uid"]
    if not behaviour.runs_show_parameters:
        del fields["parameters"]
    return fields


def run_input_json(run: StoredRun, number: int, behaviour: Behaviour) -> dict[str, Any]:
    """One input of a run; what a client attached as `custom_data` is told apart from the input itself."""
    entry, partly = run.inputs[number], run.status == "PARTIAL_SUCCEEDED"
    failed = number in run.failed_inputs
    return {
        "input_data": {name: value for name, value in entry.items() if name != "custom_data"},
        "custom_data": entry.get("custom_data", {} if behaviour.empty_custom_data == "object" else None),
        "status": ("FAILED" if failed else "SUCCEEDED") if partly else run.status,
        "last_error": run.last_error if failed or not partly else None,
    }


def run_output_json(run: StoredRun, number: int, world: World) -> dict[str, Any]:
    """One result of a run, newest first: a made-up contact that is the same whenever it is asked for."""
    rest = number
    for span in run.brought:
        if rest < span.high - span.low:
            return world.networks[span.network].contact(span.high - 1 - rest)
        rest -= span.high - span.low
    # What a run brought before the clock began is in no network.
    return contact_json(world.uid_for("output", run.uid, rest)[:8], run.started_at)
