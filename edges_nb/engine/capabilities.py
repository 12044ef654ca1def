"""What this server turned out to do, and what this ledger made on it; shared by all replacements of a run."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field

from edges_nb.ledger.records import Record


@dataclass
class Capabilities:
    """What this server turned out to do, and what this ledger made on it.

    Attributes:
        pauses: False once pausing proved not to be offered.
        takes_names: False once a request was taken only without its name, None until something is known.
        shows_names: whether the names that were sent are shown, None until one of ours was seen.
        named: uids of the new schedules that were created with a name in this run.
        locked_out: what the server said when it refused the key, "" while it takes it.
        owners: by the uid of each new schedule, the old one whose place it takes.
        touched: uids of the old schedules that this ledger began to replace.
        removed: uids of the new schedules that were cancelled here, as faulty or too many.
    """

    pauses: bool = True
    takes_names: bool | None = None
    shows_names: bool | None = None
    named: set[str] = field(default_factory=set)
    locked_out: str = ""
    owners: dict[str, str] = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)
    removed: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def learn(self, records: Iterable[Record]) -> None:
        """Take over what earlier runs did."""
        for record in records:
            self.touched.add(record.old_uid)
            self.removed.update(record.memo.removed)
            if record.new_uid:
                self.claim(record.new_uid, record.old_uid)

    def claim(self, new_uid: str, old_uid: str) -> None:
        """Note that a new schedule takes the place of an old one."""
        with self.lock:
            self.owners[new_uid] = old_uid

    def is_free(self, uid: str, old_uid: str) -> bool:
        """Whether a schedule may be the replacement of `old_uid`."""
        with self.lock:
            return self.owners.get(uid, old_uid) == old_uid and uid not in self.removed
