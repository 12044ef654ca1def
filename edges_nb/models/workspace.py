"""Which workspace a key belongs to: what the server tells of it, and what it is known by."""

from hashlib import blake2b

from edges_nb.models.api import ApiRecord, Moment
from edges_nb.redaction import Secret, without_secrets


class Workspace(ApiRecord):
    """A workspace as `GET /workspaces` shows it; a field that is not shown is None.

    Attributes:
        credits_left, credits_max, credits_used: of the current month.
        identities_included, identities_synced, identities_remaining: engagement identities of the plan.

    Source: the API reference, pages workspace/get and workspace/consumption.
    """

    uid: str | None = None
    name: str | None = None
    plan_name: str | None = None
    credits_left: float | None = None
    credits_max: float | None = None
    credits_used: float | None = None
    identities_included: int | None = None
    identities_synced: int | None = None
    identities_remaining: int | None = None
    current_month_start: Moment | None = None
    current_month_end: Moment | None = None

    @property
    def words(self) -> str:
        """The workspace in one line: name, uid, plan and credits, as far as they are known."""
        named = f"{self.name} ({self.uid})" if self.name and self.uid else self.name or self.uid
        balance = ""
        if self.credits_left is not None:
            of = f" of {self.credits_max:,.0f}" if self.credits_max is not None else ""
            balance = f"{self.credits_left:,.0f}{of} credits left"
        told = (named, f"plan {self.plan_name}" if self.plan_name else "", balance)
        return without_secrets(", ".join(filter(None, told)))


def key_name(key: Secret) -> str:
    """Return what a workspace is known by while no uid of it was shown: a salted hash of its key."""
    return "key-" + blake2b(key.reveal().encode(), digest_size=8, salt=b"edges-nb").hexdigest()
