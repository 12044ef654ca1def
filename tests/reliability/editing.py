"""Change the source of a function while the tests run: what a safeguard is worth shows when it is gone.

No file is changed: the function gets the code of its edited source, wherever it was imported to.
"""

import importlib
import inspect
import textwrap
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from types import CodeType, FunctionType
from typing import Any


@dataclass(frozen=True)
class Edit:
    """A place in the source, and what is to stand there instead.

    Attributes:
        function: such as `replacing.acting:Acting.act`, below `edges_nb`.
        old: a part of its source, which has to be there exactly once.
    """

    function: str
    old: str
    new: str

    def __str__(self) -> str:
        old, new = (" ".join(text.split()) for text in (self.old, self.new))
        return f"`{self.function}`: `{old}` → " + (f"`{new}`" if new else "nothing")


class NotThereError(AssertionError):
    """The place of an edit does not exist any more: somebody has to say where its safeguard is now."""


@contextmanager
def edited(*edits: Edit) -> Iterator[None]:
    """Let the edits hold for a while."""
    with ExitStack() as stack:
        for place in dict.fromkeys(edit.function for edit in edits):
            function = _function(place)
            code = _code(function, place, [edit for edit in edits if edit.function == place])
            stack.callback(setattr, function, "__code__", function.__code__)
            function.__code__ = code
        yield


def _function(place: str) -> FunctionType:
    module, _, path = place.partition(":")
    found: Any = importlib.import_module(f"edges_nb.{module}")
    for name in path.split("."):
        try:
            found = inspect.getattr_static(found, name)
        except AttributeError:
            raise NotThereError(f"{place} is not there any more") from None
    for wrapper in ("fget", "func", "__func__"):
        found = getattr(found, wrapper, found)
    function = inspect.unwrap(found)
    assert isinstance(function, FunctionType)
    return function


def _code(function: FunctionType, place: str, edits: Iterable[Edit]) -> CodeType:
    source = textwrap.dedent(inspect.getsource(function))
    for edit in edits:
        if source.count(edit.old) != 1:
            times = source.count(edit.old)
            raise NotThereError(f"{place} has {edit.old!r} {times} times, not once: say where it is now")
        source = source.replace(edit.old, edit.new)
    module = compile(source, f"<{place}, edited>", "exec", dont_inherit=True)
    return next(each for each in module.co_consts if isinstance(each, CodeType))
