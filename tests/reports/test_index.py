"""The index over a folder of reports."""

from pathlib import Path

import pytest

from edges_nb.reports.index import index_page
from edges_nb.reports.page import page
from edges_nb.reports.preview_report import preview_parts
from tests.reports.markup import Markup, dangers
from tests.reports.samples import NOW, asked, one_of_each


def write(folder: Path, place: str, day: int, **fields: object) -> None:
    question = asked(at=NOW.replace(day=day), **fields)
    path = folder / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page(question, preview_parts(question, one_of_each())), encoding="utf-8")


def test_reports_are_listed_with_date_workspace_and_first_sentence_the_newest_first(tmp_path: Path) -> None:
    write(tmp_path, "older/report.html", 3, title="Older")
    write(tmp_path, "2026 11/new & fine.html", 5, title="Newer", sandbox=True)
    markup = Markup(index_page(tmp_path))
    rows = markup.all("tr")[1:]
    assert [row.text for row in rows] == [
        "Newer2026 11/new & fine.html2026-11-05 08:00SANDBOX: nothing here is a real workspace"
        "1 of 3 schedules would switch to incremental mode; 1 needs a decision first; 1 stays as it is.",
        "Olderolder/report.html2026-11-03 08:00LIVE workspace"
        "1 of 3 schedules would switch to incremental mode; 1 needs a decision first; 1 stays as it is.",
    ]
    links = [link.attributes["href"] for link in markup.all("a")][1:]
    assert links == ["2026%2011/new%20%26%20fine.html", "older/report.html"]
    assert dangers(markup) == []


def test_other_pages_and_symlinks_are_left_out(tmp_path: Path) -> None:
    write(tmp_path / "inside", "report.html", 3)
    (tmp_path / "inside" / "other.html").write_text("<title>Other</title><p class=lead>x", encoding="utf-8")
    write(tmp_path / "outside", "report.html", 4)
    (tmp_path / "inside" / "link.html").symlink_to(tmp_path / "outside" / "report.html")
    assert "1 report in this folder." in index_page(tmp_path / "inside")


def test_an_index_does_not_list_itself(tmp_path: Path) -> None:
    write(tmp_path, "report.html", 3)
    first = index_page(tmp_path)
    (tmp_path / "index.html").write_text(first, encoding="utf-8")
    assert index_page(tmp_path) == first


@pytest.mark.parametrize("made", [True, False])
def test_a_folder_without_reports_says_so(tmp_path: Path, made: bool) -> None:
    folder = tmp_path / "folder"
    if made:
        folder.mkdir()
    assert "There is no report here." in index_page(folder)
