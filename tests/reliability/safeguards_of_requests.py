"""The safeguards of requests: what is kept before they leave, what answers mean, and how it is looked."""

from edges_nb.sandbox import Fault

from . import scenarios, scenarios_of_others
from .editing import Edit
from .safeguards import guard
from .scenarios import GUIDE, LAGGING, LAGGING_LONG, NAMELESS, ONE, REFUSED, TWINS, Death
from .scenarios_of_others import Moment
from .setting import Setting

_ACT = "replacing.acting:Acting.act"
_CREATE = "replacing.creating:Creating.create"
_FIND = "replacing.creating:Creating.find"
_SEND_CREATE = "replacing.saga:Saga._send_create"
_SETTLE_CREATE = "replacing.saga:Saga._settle_create"
_CHECK = "replacing.saga:Saga._check"
_TAKE_UP = "replacing.saga:Saga._take_up"
_STOP = "replacing.stopping:Stopping.stop"
_READ_AGAIN = "replacing.stopping:Stopping.read_again"
_CHILDREN = "replacing.looking:Looking.children"
_INTENT = 'self._ledger.save(record, step, "intent")'

LEDGERS = (
    guard("What is going to be done is in the ledger before its request leaves", Edit(_ACT, _INTENT, "pass"))(
        scenarios.undisturbed, ONE
    ),
    guard(
        "It is committed there before the request, not together with its result",
        Edit(_ACT, _INTENT, "pass"),
        Edit(_ACT, "answer = send()", f"answer = send(); {_INTENT}"),
    )(scenarios.undisturbed, ONE),
    guard(
        "Nothing is sent where the ledger can't be written",
        Edit(_ACT, _INTENT, f"try:\n        {_INTENT}\n    except Exception: pass"),
    )(scenarios.full_disk, ONE),
    guard(
        "What was begun is remembered over the death of its process",
        Edit("replacing.ledger:Ledger.past", "if record.state in BEGUN:", "if False:"),
    )(scenarios.play, ONE, death=Death("pause", "after")),
    guard(
        "It goes on from where it stood, not from the beginning",
        Edit("replacing.engine:Engine._record", "before.state in BEGUN", "False"),
    )(scenarios.play, ONE, death=Death("create", "after")),
    guard(
        "One run at a time on a ledger",
        Edit("plans:Plan.apply", "as ledger, ledger.lock(self._workspace):", "as ledger:"),
    )(scenarios_of_others.second_run_meanwhile, ONE, "create"),
    guard(
        "The second run does not wait for the lock of the first",
        Edit("replacing.locks:file_lock", "lock.acquire(timeout=0)", "pass"),
    )(scenarios_of_others.second_run_meanwhile, ONE, "create"),
    guard(
        "What is committed survives a power cut",
        Edit("replacing.ledger:_make_durable", "synchronous=FULL", "synchronous=NORMAL"),
    )(scenarios.with_ledger, "replacing.test_ledger", "test_ledger_survives_a_power_cut"),
    guard(
        "Only its owner can read the ledger",
        Edit("replacing.ledger:_prepare", "path.chmod(0o600)", "path.chmod(0o644)"),
    )(scenarios.private_ledger),
)

ANSWERS = (
    guard(
        "A change without an answer is not sent again blindly",
        Edit(
            "transport.http:Transport.post",
            "return Unknown(error) if error.sent else Refused(error)",
            "heard = self._send(asked)",
        ),
    )(scenarios.play, ONE, Fault("create", "cut", "after")),
    guard(
        "A cut connection is no refusal",
        Edit("transport.http:Transport.post", "Unknown(error) if error.sent else", ""),
    )(scenarios.play, ONE, Fault("create", "cut", "after")),
    guard(
        "A server's error is no refusal",
        Edit("transport.http:Transport.post", "400 <= heard.status < 500 and", ""),
    )(scenarios.play, ONE, Fault("create", when="after", status=500)),
    guard(
        "A request timeout (408) is no refusal",
        Edit("transport.http:Transport.post", "and heard.status != 408", ""),
    )(scenarios.play, ONE, Fault("create", when="after", status=408)),
    guard(
        "A success without a uid is not clear",
        Edit(
            "client:_needing",
            "return Unknown(error)",
            "from edges_nb.transport import Refused\n    return Refused(error)",
        ),
    )(scenarios.existing, "client.test_changes", "test_created_schedule_without_a_uid_is_unknown", {}),
    guard(
        "What was turned away for its rate is sent again",
        Edit(_ACT, "isinstance(answer, Refused) and isinstance(answer.error, RateLimited)", "False"),
    )(
        scenarios.play,
        ONE,
        Fault("pause", status=429, label="STATUS_429", headers={"Retry-After": "2"}),
        told="migrated",
    ),
    guard(
        "A read is tried again while its error is one that passes",
        Edit("transport.retries:passes", "return isinstance(error,", "return False and isinstance(error,"),
    )(scenarios.play, ONE, Fault("list_schedules", status=500), told="migrated"),
    guard("An unknown pause is no success", Edit(_STOP, "if isinstance(answer, Unknown):", "if False:"))(
        scenarios.play, ONE, Fault("pause", "cut")
    ),
    guard("A refused pause is no success", Edit(_STOP, "if isinstance(answer, Refused):", "if False:"))(
        scenarios.play, ONE, Fault("pause", status=400, label="BAD_INPUT")
    ),
    guard(
        "An unknown cancel is no success",
        Edit(_CHECK, "if isinstance(answer, Done):", "if not isinstance(answer, Refused):"),
    )(scenarios.play, ONE, Fault("cancel", "cut")),
    guard(
        "A refused cancel is no success",
        Edit(_CHECK, "if isinstance(answer, Refused) and self._looking.status(uid) in LIVE:", "if False:"),
    )(scenarios.play, ONE, Fault("cancel", status=400, label="BAD_INPUT")),
    guard(
        "An unknown resume is no success",
        Edit(
            "replacing.saga:Saga._bring_back",
            "if isinstance(answer, Done):",
            "if not isinstance(answer, Refused):",
        ),
    )(scenarios.play, ONE, REFUSED, Fault("resume", "cut")),
    guard(
        "Already cancelled is success",
        Edit(
            "replacing.saga:Saga._finish", '("CANCELLED", GONE)) not in LIVE', '("CANCELLED", GONE)) == GONE'
        ),
    )(scenarios.play, ONE, Fault("cancel", "cut", "after"), told="migrated"),
)

LOOKING = (
    guard(
        "An unknown create is settled by looking",
        Edit(_SETTLE_CREATE, "trouble = self._creating.find(record)", "trouble = None"),
    )(scenarios.play, ONE, Fault("create", "cut", "after")),
    guard(
        "It is looked for more than once, as lists lag",
        Edit(_CHILDREN, "(0.0,) if once else PAUSES if short else (*PAUSES, *_MORE_PAUSES)", "(0.0,)"),
    )(scenarios.play, LAGGING, Fault("create", "cut", "after")),
    guard(
        "After a second create it is looked again",
        Edit(_SEND_CREATE, "if record.new_uid and doubtful:", "if False:"),
    )(scenarios.play, LAGGING_LONG, Fault("create", "cut", "after")),
    guard(
        "It is looked until the list shows what does exist",
        Edit(_CHILDREN, "(*PAUSES, *_MORE_PAUSES)", "PAUSES"),
    )(scenarios.play, Setting(count=1, lag=20, window=True), Fault("create", "cut", "after")),
    guard(
        "A second replacement is cancelled",
        Edit(_FIND, "for surplus in _surplus(record, found, own):", "for surplus in ():"),
    )(scenarios.play, LAGGING_LONG, Fault("create", "cut", "after")),
    guard(
        "After a refusal it is looked for what an earlier create made",
        Edit(_SEND_CREATE, "if doubtful or record.memo.creates:", "if False:"),
    )(
        scenarios.play,
        Setting(count=1, lag=9, window=True),
        Fault("create", "cut", "after"),
        Fault("create", status=400, label="BAD_INPUT", nth=2),
    ),
    guard(
        "Nothing is taken for created where no look finds it",
        Edit(_SEND_CREATE, "if trouble or record.new_uid:", "if True:"),
    )(
        scenarios.play,
        ONE,
        Fault("create", "cut"),
        Fault("create", status=400, label="BAD_INPUT", nth=2),
        told="rolled_back",
    ),
    guard(
        "A second replacement that can't be cancelled is told",
        Edit(_FIND, "trouble = self.remove(record, surplus)", "self.remove(record, surplus); trouble = None"),
    )(
        scenarios.play,
        LAGGING_LONG,
        Fault("create", "cut", "after"),
        Fault("cancel", "cut", times=3),
        told="needs_attention",
    ),
    guard(
        "After three lost creates a person has to look",
        Edit(
            "replacing.creating:Creating.exhausted",
            "return record.memo.creates >= _MOST_CREATES",
            "return False",
        ),
    )(scenarios.endless, ONE, Fault("create", "cut")),
    guard(
        "After three lost pauses a person has to look",
        Edit("replacing.stopping:Stopping.settle", "record.memo.lock_sent >= _MOST_TRIES", "False"),
    )(scenarios.endless, ONE, Fault("pause", "cut")),
    guard(
        "After three lost cancels a person has to look",
        Edit("replacing.saga:Saga._finish", "if record.memo.cancels >= _MOST_TRIES:", "if False:"),
    )(scenarios.endless, ONE, Fault("cancel", "cut")),
    guard(
        "A request to pause that arrives late is known for our own",
        Edit(
            "replacing.stopping:Stopping._refused",
            "if record.memo.lock_sent and status in _stopped_statuses(record):",
            "if False:",
        ),
    )(scenarios.pause_that_arrives_late, ONE),
    guard(
        "One 404 is not believed",
        Edit("replacing.looking:Looking.schedule", "(0.0, *PAUSES)", "(0.0,)"),
    )(scenarios.play, ONE, REFUSED, Fault("get_schedule", status=404, label="STATUS_404", nth=2)),
    guard(
        "The new name carries what it replaces",
        Edit(
            "replacing.creating:_named",
            "record.mark.on(record.wanted.name)",
            "record.wanted.name",
        ),
    )(scenarios.undisturbed, ONE),
    guard(
        "By that name it is found again",
        Edit(
            "replacing.looking:Looking._alike",
            "if child.status in LIVE and _is_marked(child, record)",
            "if False",
        ),
    )(scenarios.play, ONE, Fault("create", "cut", "after")),
    guard(
        "Where names are refused it is created without",
        Edit(_CREATE, "if memo.named and is_about_name(error):", "if False:"),
    )(scenarios.play, NAMELESS),
    guard(
        "Without a name it is found by what it looks like",
        Edit("replacing.alike:candidates", "if child.status in LIVE", "if False"),
    )(scenarios.play, NAMELESS, Fault("create", "cut", "after", nth=2), told="migrated"),
    guard(
        "What is older than the request is no replacement",
        Edit("replacing.alike:is_new", "and child.created_at >= since", ""),
    )(scenarios.play, TWINS, Fault("create", "cut", nth=2)),
    guard(
        "What was there just before is no replacement",
        Edit("replacing.alike:is_new", "and child.uid not in record.memo.known", ""),
    )(scenarios_of_others.look_alike_made_by_hand, NAMELESS),
    guard(
        "One new schedule replaces one old one",
        Edit(
            "replacing.looking:Habits.free", "return self.taken.get(uid, old_uid) == old_uid", "return True"
        ),
    )(scenarios.play, TWINS, Fault("create", "cut", nth=3)),
    guard(
        "While one replacement is in doubt, none that looks like it is begun",
        Edit(
            "replacing.engine:Engine._replacing",
            "(self._look(item) in self._in_doubt and not self._habits.shows_names)",
            "False",
        ),
    )(scenarios.one_twin_in_doubt, TWINS),
    guard(
        "What only a name tells apart is replaced one after the other",
        Edit("replacing.engine:Engine._groups", "self._look(item)", "item.uid"),
    )(scenarios.twins_take_turns, Setting(count=3, twins=True)),
    guard(
        "Replacements that others may have made are counted",
        Edit("replacing.alike:places", "_looks_like(other, record.old)", "False"),
    )(scenarios_of_others.two_operators, TWINS, "t0", "t3"),
    guard(
        "They are counted where two readings of the list agree",
        Edit(
            "replacing.looking:Looking._steady",
            "if (again.uids, again.places) == (found.uids, found.places):",
            "again = found\n        if True:",
        ),
    )(
        scenarios_of_others.another_at_work,
        Setting("guide", "refused", count=2, twins=True),
        Fault("cancel", "cut", nth=2),
        Moment("cancel", "before", 0),
        Moment("list_schedules", "after", 1),
    ),
    guard(
        "Each of them is looked at before an old one is cancelled",
        Edit("replacing.looking:Looking._steady", "if again.places > 1 else again", "if False else again"),
    )(
        scenarios_of_others.another_at_work,
        TWINS,
        Fault("create", "cut", "after", nth=4),
        Moment("create", "before", 1),
    ),
    guard(
        "Where one of them is missing, a person has to look",
        Edit(_FIND, "if own is None and len(found.uids) < found.places:", "if False:"),
    )(scenarios_of_others.two_operators, TWINS, "t0", "t3"),
    guard(
        "Who may have stopped it is remembered where that is not clear",
        Edit("replacing.stopping:Stopping._stopped", "record.memo.unsure or unsure", "False"),
    )(
        scenarios_of_others.another_at_work,
        GUIDE,
        Fault("cancel", "cut", nth=2),
        Moment("cancel", "before", 0),
    ),
    guard(
        "What is there is noted before the old one is stopped, as who else stops it may replace it",
        Edit("replacing.stopping:Stopping.stop", "self._take_stock(record)", "pass"),
    )(scenarios_of_others.two_operators, Setting("guide", "refused", count=2, twins=True), "t1", "t2"),
)
