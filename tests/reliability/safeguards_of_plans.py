"""The safeguards around a replacement, in the same form: what comes before it, beside it and after it."""

from dataclasses import replace
from pathlib import Path

from edges_nb.sandbox import Fault

from . import scenarios, scenarios_of_others, situations
from .editing import Edit
from .meetings import LEDGER, OTHER
from .safeguards import guard
from .scenarios import BRIEF, GUIDE, LAGGING, ONE, REFUSED, TWINS, Death
from .scenarios_of_others import Moment
from .setting import Setting

_TWO = Setting(count=2)
_AT_ONCE = Setting("guide", count=1, window=True)
_UNDO = Setting(count=1, doing="undo")
_FAULTS = "replacing.creating:Creating.faults"
_CHECK = "replacing.saga:Saga._check"
_TAKE_UP = "replacing.saga:Saga._take_up"
_TAKEN = "replacing.succession:Succession.taken"
_SEEN = "replacing.succession:Succession._seen"
_RIVALLED = "replacing.creating:Creating.rivalled"
_READ_AGAIN = "replacing.stopping:Stopping.read_again"

OTHERS = (
    guard(
        "The schedule is read again right before it is touched",
        Edit(_READ_AGAIN, "differing = drift(record.old, now)", "differing = []"),
    )(situations.drifted, _TWO, situations.DRIFTS["its cron was edited"]),
    guard(
        "A schedule that somebody else paused is theirs",
        Edit(
            "replacing.drift:drift",
            "(*_ALWAYS, *_WHERE_SHOWN)",
            '("cron", "timezone", "name", *_WHERE_SHOWN)',
        ),
    )(situations.drifted, _TWO, scenarios_of_others.paused_where_twice_is_fine),
    guard(
        "What changed is told without secrets",
        Edit("replacing.drift:drift", "if field in _SECRET", "if False"),
    )(situations.drifted, _TWO, scenarios_of_others.callback_edited),
    guard(
        "What a schedule brings is compared too, where it is shown",
        Edit("replacing.drift:drift", "(*_ALWAYS, *_WHERE_SHOWN)", "_ALWAYS"),
    )(situations.drifted, _TWO, situations.DRIFTS["its inputs were edited"]),
    guard(
        "A schedule of which a run is in progress is left alone",
        Edit("replacing.stopping:Stopping._busy", "return started_since and", "return False and"),
    )(situations.drifted, _TWO, situations.DRIFTS["a run of it began"]),
    guard(
        "A schedule of which a run was in progress when it was planned is left alone",
        Edit(
            "replacing.stopping:Stopping._busy",
            "if record.memo.busy_run and self._edges.run(record.memo.busy_run).unfinished:",
            "if False:",
        ),
    )(scenarios.run_in_progress, ONE),
    guard(
        "A schedule that somebody pauses at the same moment is theirs",
        Edit("replacing.stopping:Stopping._refused", 'if status != "ACTIVE":', "if False:"),
    )(scenarios_of_others.moved_meanwhile, ONE, "pause", "drifted"),
    guard(
        "An old one that somebody cancels at the last moment is replaced all the same",
        Edit(
            _CHECK,
            "if isinstance(answer, Refused) and self._looking.status(uid) in LIVE:",
            "if isinstance(answer, Refused):",
        ),
    )(scenarios_of_others.moved_meanwhile, ONE, "cancel", "migrated"),
    guard(
        "Going on looks whether somebody resumed the old one",
        Edit(_TAKE_UP, 'record.state is State.PAUSED and status == "ACTIVE"', "False"),
        Edit(_TAKE_UP, 'record.state is State.PAUSED and status != "PAUSED"', "False"),
    )(scenarios_of_others.resumed_by_hand, ONE),
    guard(
        "Nothing takes the place of an old one that somebody cancelled meanwhile",
        Edit(_TAKE_UP, 'record.state is State.PAUSED and status != "PAUSED"', "False"),
    )(scenarios_of_others.cancelled_by_hand, ONE),
    guard(
        "Where it is not clear who stopped the old one, it is looked for what somebody put in its place",
        Edit("replacing.saga:Saga._create", "if self._creating.rivalled(record):", "if False:"),
    )(scenarios_of_others.another_died_halfway, ONE, Death("create", "after")),
    guard(
        "Nothing is created beside an old configuration that somebody else brought back",
        Edit("replacing.saga:Saga._create", "self._succession.end(record)", "None"),
    )(scenarios_of_others.brought_back_by_another, GUIDE),
    guard(
        "A replacement that somebody cancelled is not made again",
        Edit(_SEEN, "if vanished:", "if False:"),
        Edit(_SEEN, "and self._is_news(one, record)", "and False"),
    )(scenarios_of_others.replacement_cancelled_by_hand, ONE, Death("cancel", "before")),
    guard(
        "Nothing is created beside what somebody else put in the place of a replacement of ours",
        Edit("replacing.saga:Saga._settle_create", "self._succession.end(record)", "None"),
    )(scenarios_of_others.replaced_before_it_was_noted, _UNDO, "migrate"),
    guard(
        "What somebody else put there is known by the names that lead back to the old one",
        Edit(_SEEN, "heirs = _heirs(listed, record)", "heirs = []"),
    )(scenarios_of_others.replaced_before_it_was_noted, _UNDO, "migrate"),
    guard(
        "Where no names are kept, it is known by what it looks like",
        Edit(_SEEN, "if not heirs and not self._habits.shows_names:", "if False:"),
    )(scenarios_of_others.replaced_before_it_was_noted, replace(_UNDO, names="refused"), "migrate"),
    guard(
        "What somebody else put there may be in another mode than anything of ours",
        Edit("replacing.succession:Succession._kin", "any_mode=True", "any_mode=False"),
    )(
        scenarios_of_others.replaced_before_it_was_noted,
        Setting("pause", "refused", count=1, doing="change"),
        "migrate",
    ),
    guard(
        "What was removed here is not taken for a sign of somebody else",
        Edit("replacing.succession:Succession._is_news", "and one.uid not in self._habits.removed", ""),
    )(scenarios.wrong_child_that_resists, GUIDE, Fault("create", "cut", nth=2)),
    guard(
        "What was removed here is remembered over the death of its process",
        Edit(
            "replacing.engine:Engine._replacing", "self._habits.removed.update(record.memo.removed)", "pass"
        ),
    )(scenarios.wrong_child_before_a_death, GUIDE, Death("create", "before", 2)),
    guard(
        "What an earlier run removed is not taken for a sign of somebody else",
        Edit("replacing.engine:Engine._record", "before.memo.removed if before else []", "[]"),
    )(scenarios.removed_child_that_lists_show_late, LAGGING),
    guard(
        "Who was slow to create looks whether somebody else created meanwhile",
        Edit(_RIVALLED, "record.memo.unsure or", "record.memo.unsure and"),
    )(scenarios_of_others.another_creates_meanwhile, _AT_ONCE, "before", 1),
    guard(
        "Of what two operators put in one place at the same time, the younger goes",
        Edit("replacing.saga:Saga._created", "self._succession.end_younger(record)", "None"),
    )(scenarios_of_others.another_creates_meanwhile, _AT_ONCE, "before", 2, REFUSED),
    guard(
        "Who can't tell who cancelled it looks for a while before creating",
        Edit("replacing.saga:Saga._create", "once=not patient", "once=True"),
    )(
        scenarios_of_others.another_at_work,
        Setting("guide", count=1, lag=3),
        Fault("cancel", "cut", nth=2),
        Moment("cancel", "before", 0),
    ),
    guard(
        "What may stand in a place is counted where two readings of the list agree",
        Edit(_TAKEN, "if seen is None or self._habits.shows_names:", "if True:"),
    )(scenarios_of_others.two_operators, replace(TWINS, order="guide"), "u1028", chance=0.05, keeping=0.9),
    guard(
        "Where others that look the same were stopped too, nothing is ended by what stands in their place",
        Edit("replacing.succession:Taken.unclear", "self.places > 1", "False"),
    )(
        scenarios_of_others.two_operators,
        Setting("guide", "refused", count=3, twins=True),
        "w2733",
        chance=0.35,
        keeping=0.8,
    ),
    guard(
        "What this ledger made of a replacement that it did not know for its own is known by the ledger",
        Edit(_SEEN, "*self._claimed(", "*(lambda *_: ())("),
    )(
        scenarios_of_others.replaced_before_it_was_noted,
        replace(_UNDO, names="refused", dialect="reference"),
        "migrate",
        LEDGER,
    ),
    guard(
        "What is incremental is not taken for a full one that was requested",
        Edit("replacing.looking:Looking.agreements", "or child.parameters is None", ""),
    )(scenarios_of_others.replaced_before_it_was_noted, replace(_UNDO, names="ignored"), "migrate"),
    guard(
        "What was paused for a replacement that came too late does not stay paused for ever",
        Edit("replacing.succession:Succession._give_way", "and record.memo.creates", "and False"),
    )(scenarios_of_others.replaced_before_it_was_noted, _UNDO, "migrate"),
    guard(
        "Nothing is called migrated whose replacement is gone",
        Edit(_TAKE_UP, "there not in LIVE", "False"),
    )(scenarios_of_others.replacement_cancelled_by_hand, ONE, Death("cancel", "after")),
    guard(
        "Nothing is called migrated whose replacement somebody paused",
        Edit(_TAKE_UP, 'there == "PAUSED"', "False"),
    )(scenarios_of_others.replacement_paused_by_hand, ONE, Death("cancel", "after")),
    guard(
        "A replacement is not removed where the old one is gone",
        Edit(_CHECK, 'record.order == "pause" and not self._looking.lives(uid)', "False"),
    )(scenarios_of_others.replacement_paused_by_hand, ONE, Death("create", "after"), "cancel"),
    guard(
        "Without its ledger an original beside its replacement is left alone",
        Edit("planning.drafting:Drafting.untouchable", "if child is not None:", "if False:"),
    )(scenarios_of_others.runs_beside_its_replacement, ONE),
    guard(
        "An approval of another plan touches nothing",
        Edit("approval:Approvable._check", "if not approve or approve == digest:", "if True:"),
    )(situations.not_approved, ONE),
    guard(
        "What is approved is what will be sent",
        Edit("planning.digest:_entry", '"request": request,', ""),
    )(scenarios.existing, "planning.test_digest", "test_options_that_change_the_requests_matter"),
    guard(
        "Schedules outside the selection are left alone",
        Edit("plans:Plan.apply", "if uids is None or item.uid in uids", ""),
    )(situations.only_the_first, Setting()),
    guard(
        "After a refused key nothing more is tried",
        Edit("replacing.engine:Engine._stopped", "bool(self._habits.locked_out) or", ""),
    )(scenarios.key_refused, Setting()),
    guard(
        "What can't be read of one schedule does not stop the others",
        Edit("replacing.saga:Saga.run", "if isinstance(error, KeyRefused):", "if True:"),
    )(scenarios.one_of_three_fails, Setting()),
    guard(
        "Nobody is told that nothing was changed where something may have been",
        Edit("replacing.saga:Saga.run", "if record.state in UNTOUCHED:", "if True:"),
    )(
        scenarios.play,
        ONE,
        Fault("pause", "cut", "after"),
        Fault("get_schedule", status=402, label="NO_ACCESS", nth=2),
        told="needs_attention",
    ),
    guard(
        "Nobody has to look where nothing was changed",
        Edit("replacing.saga:Saga.run", "if record.state in UNTOUCHED:", "if False:"),
    )(scenarios.play, ONE, Fault("get_schedule", status=402, label="NO_ACCESS"), told="rolled_back"),
    guard(
        "After a stop nothing more is begun",
        Edit("replacing.engine:Engine._stopped", "or self._stop.is_set()", ""),
    )(scenarios.stopped_by_hand, Setting()),
    guard(
        "What is due within two minutes comes last",
        Edit("replacing.engine:Engine._urgency", "2 if due is not None and", "1 if due is not None and"),
    )(scenarios.due_soon_comes_last, Setting()),
    guard(
        "Where the first one fails, the others are left alone",
        Edit("workflow:Migration._settled_by", "self._left_alone = f", "_ = f"),
    )(scenarios.first_one_fails, Setting()),
)

ENDS = (
    guard(
        "The old schedule is cancelled last",
        Edit(
            "replacing.engine:Engine._record", "job.kind, job.order, job.plan", 'job.kind, "guide", job.plan'
        ),
    )(scenarios.undisturbed, ONE),
    guard(
        "It is not cancelled before its replacement was looked at",
        Edit(_CHECK, "faults = self._creating.faults(record)", "faults = []"),
    )(scenarios.play, ONE, Fault("create", "cut", "after")),
    guard(
        "A replacement with another timezone is noticed",
        Edit(_FAULTS, ', "timezone": (child.timezone, wanted.timezone)', ""),
        Edit("replacing.alike:differences", '"timezone": (child.timezone, request.timezone),', ""),
    )(situations.wrong_child, ONE, situations.WRONG["another timezone"]),
    guard(
        "A replacement with another cron is noticed",
        Edit(_FAULTS, '"cron": (child.cron, wanted.cron), ', ""),
        Edit("replacing.alike:differences", '"cron": (child.cron, request.cron),', ""),
    )(situations.wrong_child, ONE, situations.WRONG["another cron"]),
    guard(
        "A replacement that does not run is noticed",
        Edit(_FAULTS, '[] if child.status == "ACTIVE" else [f"status is {child.status}"]', "[]"),
        Edit(_FAULTS, "if child.next_execution_at is None and", "if False and"),
    )(situations.wrong_child, ONE, situations.WRONG["not active"]),
    guard(
        "A replacement that is not as requested is taken away",
        Edit(_CHECK, "State.REMOVING, record.memo.refusal", "State.RESUMING, record.memo.refusal"),
    )(situations.wrong_child, ONE, situations.WRONG["another cron"]),
    guard(
        "Taking it away is done when it is seen to be done",
        Edit(
            "replacing.saga:Saga._remove_child",
            "return self._back(record) if isinstance(answer, Done) else None",
            "return self._back(record)",
        ),
    )(scenarios.wrong_child_that_resists, ONE, Fault("cancel", "cut")),
    guard(
        "After three lost resumes a person has to look",
        Edit("replacing.saga:Saga._bring_back", "if record.memo.resumes >= _MOST_TRIES:", "if False:"),
    )(scenarios.endless, ONE, REFUSED, Fault("resume", "cut")),
    guard(
        "In order guide, the old configuration is created again once",
        Edit("replacing.saga:Saga._restore", "if record.memo.creates:", "if False:"),
    )(scenarios.play, GUIDE, REFUSED, Fault("create", "cut", "after", nth=2), told="rolled_back"),
    guard(
        "Where the new one is refused, the old one is resumed",
        Edit(
            "replacing.saga:Saga._give_up",
            "return self._back(record)",
            "return self._endings.attention(record, refusal)",
        ),
    )(scenarios.play, ONE, REFUSED, told="rolled_back"),
    guard(
        "In order guide, the old configuration is created again",
        Edit(
            "replacing.saga:Saga._back",
            'State.RESUMING if record.order == "pause" else State.RESTORING',
            "State.RESUMING",
        ),
    )(situations.refused, GUIDE),
    guard(
        "Where nothing can be created at all, a person has to look",
        Edit("replacing.saga:Saga._give_up", "if record.state is State.RESTORING:", "if False:"),
    )(scenarios.endless, GUIDE, REFUSED),
    guard(
        "In order guide, what is brought back is what was there",
        Edit("replacing.records:Record.wanted", "self.restored if self.state is State.RESTORING else", ""),
    )(situations.refused, GUIDE),
    guard(
        "In order guide, an unknown cancel is no success",
        Edit("replacing.stopping:Stopping.stop", "if isinstance(answer, Unknown):", "if False:"),
    )(scenarios.play, GUIDE, Fault("cancel", "cut")),
    guard(
        "Where pausing is not offered, nothing is changed and order guide is named",
        Edit(
            "replacing.stopping:Stopping._refused",
            'if record.order == "pause" and isinstance(error, NotFound):',
            "if False:",
        ),
    )(scenarios.no_pause_offered, Setting(count=2)),
    guard(
        "An undo brings back what the ledger kept",
        Edit(
            "planning.undo:_item",
            'configuration_from(latest.original, "ledger")',
            'configuration_from(latest.request, "ledger")',
        ),
    )(scenarios.undone, ONE),
)

PLANS = (
    guard(
        "What is incremental already is left alone",
        Edit("planning.migration:_Migration.item", "if incremental:", "if False:"),
    )(scenarios_of_others.nothing_left_to_do, ONE, OTHER),
    guard(
        "Parameters that GET leaves out are taken from the runs",
        Edit(
            "planning.evidence:evidence_from",
            "parameters=with_parameters.parameters if with_parameters else None",
            "parameters=None",
        ),
    )(scenarios.undisturbed, ONE),
    guard(
        "The callback is recovered with its headers",
        Edit(
            "planning.evidence:evidence_from",
            "with_callback.callback if with_callback else None",
            '{"url": with_callback.callback["url"]} if with_callback else None',
        ),
    )(scenarios.undisturbed, BRIEF),
    guard(
        "Inputs are recovered with their custom data",
        Edit("models:RunInput.sent", "if self.custom_data is None", "if True"),
    )(scenarios.undisturbed, BRIEF),
    guard(
        "Inputs are recovered from all their pages",
        Edit("client:Edges.run_inputs", "while reply.next_url and", "while False and"),
    )(scenarios.existing, "client.test_reads", "test_inputs_are_read_over_all_pages_by_the_servers_links"),
    guard(
        "A callback that nothing shows is asked for, not left out",
        Edit("planning.checks:problems", "if not callback_url(wanted.callback):", "if False:"),
        Edit("planning.configuration:Configuration.request", "and callback_url(self.callback)", ""),
    )(scenarios.nothing_tells_the_callback, BRIEF),
    guard(
        "Another callback address keeps the headers",
        Edit(
            "planning.configuration:Configuration.with_callback_url",
            '{**(self.callback or {}), "url": url}',
            '{"url": url}',
        ),
    )(scenarios.existing, "planning.test_overrides", "test_an_override_of_the_callback_keeps_headers_and_on"),
    guard(
        "An identity that can't run incrementally is not used",
        Edit(
            "planning.checks:problems",
            "_identity_problems(wanted.identity_ids, identities, action, incremental)",
            "()",
        ),
    )(
        scenarios.existing,
        "planning.test_decisions",
        "test_no_incremental_request_ever_runs_as_anything_but_one_engagement_identity",
    ),
    guard(
        "Runs that do not agree are asked about",
        Edit("planning.checks:problems", "if not accepted:", "if False:"),
    )(
        scenarios.existing,
        "planning.test_decisions",
        "test_runs_that_differ_are_asked_about_until_somebody_settles_it",
        "parameters.max_results",
        {"max_results": 4},
    ),
    guard(
        "What a migration began is not undone in its midst",
        Edit("planning.drafting:Drafting.untouchable", "if begun is not None:", "if False:"),
    )(
        scenarios.existing,
        "planning.test_undo",
        "test_a_migration_that_was_begun_is_not_undone_in_the_midst",
        "new",
    ),
    guard(
        "What was begun goes on as it was begun",
        Edit(
            "planning.migration:_Migration.item",
            'if begun is not None and begun.kind == "migration":',
            "if False:",
        ),
    )(scenarios.play, ONE, death=Death("create", "after")),
)

WIRES = (
    guard(
        "A change is not redirected",
        Edit("transport.http:Transport.__init__", "follow_redirects=False", "follow_redirects=True"),
    )(scenarios.redirected, ONE),
    guard(
        "The key goes over no plain connection",
        Edit("settings:_check_base", 'parts.scheme == "http" and not is_loopback(host)', "False"),
    )(
        scenarios.existing,
        "client.test_settings",
        "test_key_is_not_sent_in_the_clear",
        "http://api.example.com/v1",
        Path("nowhere"),
    ),
    guard(
        "The key goes to no other host",
        Edit("transport.http:Transport.get_next", "if target.host != self._base.host:", "if False:"),
    )(scenarios.existing, "client.test_reads", "test_link_to_another_host_is_not_followed"),
    guard(
        "An answer about another schedule is not believed",
        Edit("client:Edges._one", "if _uid_of(record) != uid:", "if False:"),
    )(
        scenarios.existing,
        "client.test_reads",
        "test_answer_about_another_schedule_is_not_taken_for_this_one",
    ),
    guard(
        "A short page is not the end of a list",
        Edit(
            "transport.paging:_Reading._take",
            "if self._link(offset, keys) else",
            "if self._link(offset, keys) or len(keys) < LIMIT else",
        ),
    )(scenarios.existing, "client.test_paging", "test_server_that_caps_its_pages_hides_nothing", 50),
    guard(
        "A list that shifts while it is read hides nothing",
        Edit("transport.paging:_Reading._take", "self._covered.isdisjoint(keys)", "False"),
    )(scenarios.existing, "client.test_lists", "test_rows_that_vanish_while_the_list_is_read_hide_no_other"),
    guard(
        "The wait that the server asks for is kept",
        Edit("transport.bucket:Bucket.refused", "hold = retry_after", "hold = None"),
    )(scenarios.existing, "client.test_pacing", "test_nothing_leaves_before_the_server_wants_it", 1),
    guard(
        "No secret is told",
        Edit(
            "replacing.acting:Acting._keep",
            'f"{sentence} {detail}"',
            'f"{sentence} {record.request.callback}"',
        ),
    )(scenarios.undisturbed, ONE),
    guard(
        "A server that repeats a secret does not make it known",
        Edit("transport.messages:refusal", "secrets=asked.secrets()", "secrets=()"),
    )(
        scenarios.existing,
        "client.test_secrets",
        "test_secret_of_a_callback_that_the_server_repeats_is_taken_out",
    ),
)
