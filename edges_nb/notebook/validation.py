"""The guard that each notebook starts with: its parameters are checked, and no cell may hold the key."""

import ast
import difflib
import re
import sys
from collections.abc import Iterable, Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from edges_nb.errors import BadInput
from edges_nb.notebook.progress import log_on_terminal, tell_stand_in
from edges_nb.redaction import without_secrets
from edges_nb.settings import Settings

_CREDENTIAL = re.compile(r"key|token|secret|password", re.IGNORECASE)
_INJECTED = "# Parameters\n"
"""How the cell begins that papermill injects."""
_OF_PAPERMILL = ("PAPERMILL_INPUT_PATH", "PAPERMILL_OUTPUT_PATH")
"""What `papermill --inject-paths` adds."""
_NO_KEY = "take it out, set EDGES_API_KEY instead, and have Edges make a new key if it was saved or shared."


class NotebookParameters(BaseModel):
    """The parameters of one notebook; nothing is converted, and an unknown name is an error."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    workspace: str = ""

    @classmethod
    def opened(cls, variables: Mapping[str, object]) -> tuple[Self, Settings]:
        """Read the settings and the parameters of the notebook in this kernel, and check both.

        Args:
            variables: the notebook's (`globals()`).

        Raises:
            BadInput: a parameter or a setting can't be used, or more is asked for than these settings allow.
        """
        log_on_terminal()
        settings = Settings.from_env(workspace=str(variables.get("workspace") or ""))
        parameters = cls.of_notebook(cls._with_defaults(variables, settings.defaults), settings.key.reveal())
        parameters.check_workspace(settings)
        tell_stand_in(settings)
        return parameters, settings

    @classmethod
    def _with_defaults(
        cls, variables: Mapping[str, object], defaults: Mapping[str, object]
    ) -> Mapping[str, object]:
        """Add what the workspaces file gives, where neither papermill nor an edited cell gives a value."""
        given = injected_names(executed_cells())
        return {
            **variables,
            **{
                name: value
                for name, value in defaults.items()
                if (field := cls.model_fields.get(name))
                and name not in given
                and variables.get(name, field.default) == field.default
            },
        }

    def check_workspace(self, settings: Settings) -> None:
        """Raise BadInput where what is asked for may not be done to a workspace; reading always may."""

    @classmethod
    def check(cls, given: Mapping[str, object], key: str) -> Self:
        """Return the parameters, with defaults for the ones that are not given.

        Args:
            key: the API key, which no value may hold.

        Raises:
            BadInput: a sentence for each name, type or value that can't be used.
        """
        for name, value in given.items():
            if key in str(value):
                raise BadInput(f"{name} holds the API key: {_NO_KEY}")
        try:
            return cls.model_validate(dict(given))
        except ValidationError as error:
            problems = [_sentence(problem, list(cls.model_fields)) for problem in error.errors()]
        # Raised out of the handler: pydantic's own message shows the values.
        raise BadInput(" ".join(problems))

    @classmethod
    def of_notebook(cls, variables: Mapping[str, object], key: str) -> Self:
        """Return the parameters of the notebook in this kernel: the guard that each notebook starts with.

        Args:
            variables: the notebook's (`globals()`), of which those count that are named like a parameter.
            key: the API key, which neither a value nor the source of a cell may hold.

        Raises:
            BadInput: a parameter can't be used or is unknown, or a cell holds the key.
        """
        refuse_key_in_kernel(key)
        cls.check_injected(executed_cells())
        return cls.check({name: variables[name] for name in cls.model_fields if name in variables}, key)

    @classmethod
    def check_injected(cls, cells: Iterable[str]) -> None:
        """Raise BadInput if papermill injected a name that the notebook has no parameter for.

        papermill itself only logs it and goes on with the default.
        """
        unknown = [name for name in injected_names(cells) if name not in cls.model_fields]
        if unknown:
            raise BadInput(" ".join(_unknown(name, list(cls.model_fields)) for name in unknown))

    def asked(self) -> dict[str, Any]:
        """Return what was asked for beyond the defaults."""
        return self.model_dump(exclude_defaults=True)


def executed_cells() -> list[str]:
    """Return the sources of the cells that ran in this kernel so far; none outside a kernel."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return [str(source) for source in shell.user_ns.get("In", ())] if shell else []


def injected_names(cells: Iterable[str]) -> list[str]:
    """Return the names that papermill assigned in the cell it injected."""
    names: list[str] = []
    for source in cells:
        if source.startswith(_INJECTED):
            statements = (node for node in ast.parse(source).body if isinstance(node, ast.Assign))
            names += [
                target.id for node in statements for target in node.targets if isinstance(target, ast.Name)
            ]
    return [name for name in names if name not in _OF_PAPERMILL]


def refuse_key_in_kernel(key: str) -> None:
    """Raise BadInput if a cell that ran in this kernel holds the API key."""
    refuse_key(executed_cells(), key)


def refuse_key(cells: Iterable[str], key: str) -> None:
    """Raise BadInput if a cell's source holds the API key: whoever gets the notebook would have it."""
    for number, source in enumerate(cells):
        if key in source:
            raise BadInput(f"Cell {number} holds the API key: {_NO_KEY}")


def _sentence(problem: Mapping[str, Any], known: list[str]) -> str:
    name = str(problem["loc"][0]) if problem["loc"] else ""
    if problem["type"] == "extra_forbidden":
        return _unknown(name, known)
    if problem["type"] == "value_error":
        told = str(problem["ctx"]["error"])
        return f"{name}: {told}." if name else f"{told[0].upper()}{told[1:]}."
    needed = {
        "string_type": "a text is needed (papermill: -r passes a value as text)",
        "int_type": "a whole number is needed",
        "bool_type": "True or False is needed",
        "greater_than_equal": f"it can't be less than {problem.get('ctx', {}).get('ge')}",
        "less_than_equal": f"it can't be more than {problem.get('ctx', {}).get('le')}",
        "string_too_long": f"use at most {problem.get('ctx', {}).get('max_length')} characters",
        "literal_error": f"use {problem.get('ctx', {}).get('expected')}",
    }.get(problem["type"], str(problem["msg"]))
    return f"{name} is {shown(problem['input'])}: {needed}."


def _unknown(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    if not near and _CREDENTIAL.search(name):
        return f"There is no parameter {name}: a key is never a parameter, set EDGES_API_KEY instead."
    hint = f"did you mean {near[0]}?" if near else f"the parameters are {', '.join(known)}."
    return f"There is no parameter {name}: {hint}"


def shown(value: object) -> str:
    """Return a value as a sentence can quote it: short, and without what may be a secret."""
    return without_secrets(repr(value), 80)
