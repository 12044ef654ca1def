"""What this server turned out to do, shared by all replacements of a run."""

import threading
from dataclasses import dataclass, field


@dataclass
class Habits:
    """What this server turned out to do; shared by all replacements of a run.

    Attributes:
        pauses: False once pausing proved not to be offered.
        takes_names: False once a request was taken only without its name, None until something is known.
        shows_names: whether lists show the names that were sent, None until one of ours was seen.
        locked_out: what the server said when it refused the key, "" while it takes it.
        taken: uids of the new schedules that have a place, in this run or an earlier one.
        removed: uids of those that were cancelled here, as faulty or too many.
    """

    pauses: bool = True
    takes_names: bool | None = None
    shows_names: bool | None = None
    locked_out: str = ""
    taken: dict[str, str] = field(default_factory=dict)
    removed: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def claim(self, new_uid: str, old_uid: str) -> None:
        """Note that a new schedule takes the place of an old one."""
        with self.lock:
            self.taken[new_uid] = old_uid

    @property
    def claims(self) -> dict[str, str]:
        """Uids of the new schedules that have a place, and of those whose place it is."""
        with self.lock:
            return dict(self.taken)

    def free(self, uid: str, old_uid: str) -> bool:
        """Whether a schedule may be the replacement of `old_uid`."""
        with self.lock:
            return self.taken.get(uid, old_uid) == old_uid
