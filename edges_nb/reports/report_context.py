"""What a report answers: the question, and the workspace and plan that it was about."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from edges_nb.models.plan_items import Kind
from edges_nb.reports.deeds import DEEDS, Deed
from edges_nb.reports.html import Html


@dataclass(frozen=True)
class ReportContext:
    """What was asked of which workspace.

    Attributes:
        title: what the page is called.
        mode: `preview`, `apply`, `undo`, or whatever the notebook's parameter says.
        parameters: the notebook's parameters as they were given.
        where: the server, or SANDBOX.
        sandbox: whether nothing of this happened to a real workspace.
        workspace: the workspace's uid or name.
        at: the server's time when the workspace was read; pages never show the clock of this machine.
        saves: what it saves, in words; "" where that is not what the plan is for.
        prepared_by: who made the page, and with which version; "" where it does not say.
        kind: of the plan, which says what is done.
        digest: the plan's digest, "" where there is none.
        cost: what applying the plan takes, in words; "" where there is nothing to apply.
        command: what to run next, such as the command that applies this plan; it must hold no secret.
        notice: what to know before anything else, such as that the ledger may be lost.
    """

    title: str
    mode: str
    parameters: Mapping[str, object]
    where: str
    sandbox: bool
    workspace: str
    at: datetime
    digest: str
    command: str
    cost: str = ""
    notice: Html = field(default_factory=Html)
    kind: Kind = "migration"
    saves: str = ""
    prepared_by: str = ""

    @property
    def deed(self) -> Deed:
        """What the plan does, in words."""
        return DEEDS[self.kind]


def preparer() -> str:
    """Return who makes a report, as this machine knows them, and with which version."""
    import getpass
    from importlib.metadata import version

    tool = f"edges-nb {version('edges-nb')}"
    try:
        return f"{getpass.getuser()}, with {tool}"
    except (OSError, KeyError, ImportError):
        return tool
