"""How a sandbox answers where the guide, the reference and real servers differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Behaviour:
    """The server's dialect and habits.

    Args:
        dialect: `guide` shows a schedule's inputs, callback, identity_ids and schedule_at, `reference` not.
        optional_fields: where `guide` shows them: in lists, in GET of one schedule, or in both.
        envelope: what a list comes in: a bare array, or an object's `data` or `items`.
        uid_field: what a schedule's uid is called in lists and GET.
        created_uid, run_created_uid: what the answers to a create and to an async run call the uid.
        identity_paging: `page` obeys that alone and ignores `limit` and `offset`, `strict` refuses them,
            `offset` ignores `page`, and `both` obeys either.
        identity_page: identities on a page, unless `limit` is obeyed and says less.
        active_shown: where identities show `is_active`: as text in GET alone, as boolean everywhere, or
            nowhere.
        workspaces: whether `GET /workspaces` exists.
        uid_filter: whether `uid` is obeyed as a filter of schedules.
        mode_filter: whether runs can be filtered by `execution_mode`; else it is an unknown parameter.
        outputs: whether a run's outputs are paged by cursor or by offset.
        empty_custom_data: what a run's input shows where no custom data was sent.
        pause: whether pausing and resuming exist; without them the route is unknown (404).
        names: a create's `name` is kept, refused as an unknown property, or silently dropped.
        list_lag: in how many list calls after its create a schedule is not seen yet.
        max_limit: more rows than this are never given per page, whatever `limit` says.
        action_filter: whether `action_name` is obeyed.
        status_filter: whether `status` is obeyed.
        sort: whether `sort` is obeyed; without it lists are newest first.
        parameters_in_get: whether a schedule's `parameters` can be read back.
        runs_show_schedule: whether runs tell the schedule they belong to.
        runs_show_parameters: whether runs tell their `parameters`.
        repeat: what a schedule gets that is told to become what it is already: refused as any transition that
            its state does not allow, or accepted without effect.
        refusal_status: of the answer to such a transition.
        first_run_at_once: whether a schedule created without `schedule_at` runs at once, besides its cron.
        minutes_per_poll: how far the clock moves with each GET of an unfinished async run, so that a client
            that only polls sees its end.
    """

    dialect: Literal["guide", "reference"] = "guide"
    optional_fields: Literal["both", "get", "list"] = "both"
    envelope: Literal["array", "data", "items"] = "array"
    uid_field: Literal["uid", "scheduled_run_uid", "both"] = "uid"
    created_uid: Literal["schedule_uid", "scheduled_run_uid", "uid"] = "schedule_uid"
    run_created_uid: Literal["run_uid", "uid"] = "run_uid"
    identity_paging: Literal["page", "strict", "offset", "both"] = "page"
    identity_page: int = 50
    active_shown: Literal["documented", "boolean", "nowhere"] = "documented"
    workspaces: bool = True
    uid_filter: bool = True
    mode_filter: bool = True
    outputs: Literal["cursor", "offset"] = "cursor"
    empty_custom_data: Literal["object", "null"] = "object"
    pause: bool = True
    names: Literal["kept", "refused", "ignored"] = "kept"
    list_lag: int = 0
    max_limit: int = 100
    action_filter: bool = True
    status_filter: bool = True
    sort: bool = True
    parameters_in_get: bool = False
    runs_show_schedule: bool = True
    runs_show_parameters: bool = True
    repeat: Literal["refused", "accepted"] = "refused"
    refusal_status: int = 400
    first_run_at_once: bool = True
    minutes_per_poll: float = 0.0
