"""A notebook, and a plan, that is gone through cell by cell: what the notebooks have in common."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from edges_nb.client import Edges
from edges_nb.errors import BadInput, EdgesNbError, NotApproved, NotWritten, StillRunning, Stopped
from edges_nb.models.plan_items import Kind
from edges_nb.notebook import messages
from edges_nb.notebook.ending import interrupted_when_ending
from edges_nb.notebook.parameters import MigrateParameters, StartParameters
from edges_nb.notebook.validation import NotebookParameters, refuse_key_in_kernel
from edges_nb.planning.approval import Approvable
from edges_nb.reports.cards import error_card
from edges_nb.reports.html import Html

if TYPE_CHECKING:
    from edges_nb.models.results import Outcome

AnyParameters = TypeVar("AnyParameters", bound=NotebookParameters)
Parameters = TypeVar("Parameters", bound=MigrateParameters | StartParameters)
AnyPlan = TypeVar("AnyPlan", bound=Approvable[Any])


class Session(ABC, Generic[AnyParameters]):
    """Goes through a notebook, one method for each cell; each can be run again.

    Attributes:
        edges: the workspace.
        parameters: the notebook's parameters.
    """

    def __init__(self, edges: Edges, parameters: AnyParameters) -> None:
        self.edges = edges
        self.parameters: AnyParameters = parameters

    @classmethod
    def start(cls, variables: Mapping[str, object]) -> Self:
        """Check the notebook's parameters; nothing is requested.

        Args:
            variables: the notebook's (`globals()`), of which those count that are named like a parameter.

        Raises:
            BadInput: a parameter or a setting can't be used, or a cell holds the API key.
        """
        parameters, settings = cls._schema().opened(variables)
        return cls(Edges(settings), parameters)

    def connect(self) -> Html:
        """Say which workspace is meant, and where the record of what is done is kept."""
        return messages.connected(self.edges)

    @staticmethod
    @abstractmethod
    def _schema() -> type[AnyParameters]:
        """What the parameters may be."""


class Walkthrough(Session[Parameters], Generic[Parameters, AnyPlan]):
    """Goes through a plan that changes something."""

    def __init__(self, edges: Edges, parameters: Parameters) -> None:
        super().__init__(edges, parameters)
        self._plan: AnyPlan | None = None

    @property
    def plan(self) -> AnyPlan:
        """The plan, once it is loaded."""
        if self._plan is None:
            raise BadInput("There is no plan yet: run the cell with load() first.")
        return self._plan

    @property
    @abstractmethod
    def outcome(self) -> "Outcome | None":
        """What came of it so far; None where nothing was tried."""

    def connect(self) -> Html:
        """Say which workspace is meant, and where the record of what is done is kept."""
        with self._recorded():
            return super().connect()

    @abstractmethod
    def _keep_results(self, error: EdgesNbError | None = None) -> list[str]:
        """Write results and report, also of a run that failed, and return the names of the files."""

    def _objection(self) -> Html:
        """Keep the plan, and object where it is not the approved one: by an error if it is to be applied."""
        try:
            self.plan.check_approval(self.parameters.approved)
        except NotApproved as error:
            if self.parameters.mode != "preview":
                raise
            return error_card(error)
        return Html()

    @contextmanager
    def _recorded(self) -> Iterator[None]:
        """Refuse a cell that holds the key, and leave a report also where a step fails."""
        # What a step leaves is written before whatever ends the kernel is heard again.
        with interrupted_when_ending() as look:
            try:
                refuse_key_in_kernel(self.edges.settings.key.reveal())
                yield
                look()
            except StillRunning:
                raise
            except KeyboardInterrupt:
                kind: Kind = getattr(self._plan, "kind", "start")  # what was started has no other word
                stopped = Stopped(messages.stopped(self.outcome, kind))
                with suppress(NotWritten):
                    self._keep_results(stopped)
                raise stopped from None
            except EdgesNbError as error:
                with suppress(NotWritten):  # the error that is already there is the one to tell
                    self._keep_results(error)
                raise
