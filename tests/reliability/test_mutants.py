"""Each safeguard, switched off, makes a check fail that passes as long as it is there."""

from functools import cache

import pytest

from .editing import Edit, NotThereError, edited
from .mutants import SAFEGUARDS, caught, played
from .safeguards import Safeguard

_BY_CHECK = {str(safeguard.scenario): safeguard.scenario for safeguard in SAFEGUARDS}


@cache
def _without_an_edit(check: str) -> list[str]:
    return played(_BY_CHECK[check])


@pytest.mark.parametrize("safeguard", SAFEGUARDS, ids=lambda safeguard: safeguard.name.replace(" ", "-"))
def test_check_passes_with_its_safeguard_and_fails_without(safeguard: Safeguard) -> None:
    assert _without_an_edit(str(safeguard.scenario)) == []
    assert caught(safeguard) != [], f"nothing notices that this is gone: {safeguard.what}"


def test_safeguards_are_told_apart_by_their_names() -> None:
    assert len({safeguard.name for safeguard in SAFEGUARDS}) == len(SAFEGUARDS)


@pytest.mark.parametrize(
    "edit",
    [
        Edit("replacing.acting:Acting.act", "what is not there", ""),
        Edit("replacing.acting:Acting.act", "self", ""),
        Edit("replacing.acting:Acting.gone", "self", ""),
    ],
    ids=["other-source", "more-than-once", "no-function"],
)
def test_place_that_is_not_there_any_more_is_told(edit: Edit) -> None:
    with pytest.raises(NotThereError, match=edit.function), edited(edit):
        pass


def test_edit_holds_for_a_while_only() -> None:
    from edges_nb.planning.naming import plain

    with edited(Edit("planning.naming:plain", "or None", 'or "nothing"')):
        assert plain(None) == "nothing"
    assert plain(None) is None
