"""Edits are the rows of a CSV of overrides."""

from __future__ import annotations

from pathlib import Path

from edges_nb.planning.overrides import read_overrides
from edges_nb.widgets.override_edits import Edits


def test_value_is_given_to_several_and_taken_back_from_one() -> None:
    edits = Edits().give(["b", "a"], "max_results", "500").give(["a"], "decision", "skip")

    assert edits.csv() == "schedule_uid,decision,max_results\na,skip,500\nb,,500\n"
    assert edits.give(["a"], "decision", "").csv() == "schedule_uid,max_results\na,500\nb,500\n"
    assert edits.without(["a"]).rows == {"b": {"max_results": "500"}}
    assert len(edits.give(["b"], "max_results", "")) == 1


def test_giving_leaves_earlier_edits_as_they_were() -> None:
    before = Edits().give(["a"], "identity_uid", "one")
    before.give(["a"], "identity_uid", "two")

    assert before.value("a", "identity_uid") == "one"
    assert before.value("b", "identity_uid") == ""


def test_frame_and_csv_are_the_same_overrides(tmp_path: Path) -> None:
    edits = Edits().give(["a", "b"], "max_results", "500").give(["a"], "identity_uid", "i-1")
    file = tmp_path / "overrides.csv"
    file.write_text(edits.csv(), encoding="utf-8")

    def told(source: object) -> list[dict[str, object]]:
        return [{**vars(each), "place": ""} for each in read_overrides(source).values()]  # type: ignore[arg-type]

    assert told(edits.frame()) == told(file)


def test_rows_of_a_csv_are_kept_whole(tmp_path: Path) -> None:
    file = tmp_path / "overrides.csv"
    text = (
        "schedule_uid,callback_url,inputs_json,callback_headers\n"
        'a,https://hooks.example.com/a,"[{""x"": ""é, \\""1\\""""}]","{""X-Team"": ""north""}"\n'
    )
    file.write_text(text, encoding="utf-8")

    assert Edits.of(read_overrides(file)).csv() == text
