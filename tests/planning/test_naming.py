from hypothesis import given
from hypothesis import strategies as st

from edges_nb.models.name_marks import Mark, mark_of, marked, plain

ORIGIN = "0f1e2d3c-0000-4000-8000-000000000001"
labels = st.text(max_size=400)
uids = st.uuids().map(str)


@given(labels, uids, st.booleans())
def test_a_name_tells_what_it_replaces_and_how(label: str, origin: str, incremental: bool) -> None:
    name = marked(label, origin, incremental=incremental)

    assert mark_of(name) == Mark(origin, "incremental" if incremental else "copy")
    assert len(name) <= 255


@given(labels.filter(lambda label: mark_of(label) is None), uids, st.booleans())
def test_the_label_is_kept_in_front_as_far_as_there_is_room(
    label: str, origin: str, incremental: bool
) -> None:
    kept = plain(marked(label, origin, incremental=incremental)) or ""

    assert label.strip().startswith(kept)
    assert kept == label.strip() or len(kept) > 150


def test_a_second_mark_takes_the_place_of_the_first() -> None:
    first = marked("Weekly", ORIGIN, incremental=True)
    second = marked(first, "another", incremental=False)

    assert second == "Weekly [edges-nb copy of another]"


def test_no_label_leaves_nothing_but_the_mark() -> None:
    name = marked(None, ORIGIN, incremental=True)

    assert name == f"[edges-nb incremental of {ORIGIN}]"
    assert plain(name) is None


def test_a_name_without_a_mark_is_all_label() -> None:
    assert mark_of("Weekly [edges-nb]") is None
    assert mark_of(None) is None
    assert plain("  Weekly [edges-nb] ") == "Weekly [edges-nb]"


def test_what_replaces_nothing_says_so() -> None:
    name = Mark("0123456789ab", "start").on("Weekly")
    mark = mark_of(name)

    assert name == "Weekly [edges-nb start of 0123456789ab]"
    assert mark is not None
    assert (mark.origin, mark.replaces, mark.incremental) == ("0123456789ab", False, True)
