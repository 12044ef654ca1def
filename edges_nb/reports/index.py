"""An index over a folder of reports: which there are, from when, and what each says in its first sentence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote

from edges_nb.reports.formatting import counted
from edges_nb.reports.html import Html, link, tag
from edges_nb.reports.page_template import Top, rendered
from edges_nb.reports.rows import MOST_ROWS
from edges_nb.reports.tables import Row, table

_BEGINNING = 64_000
"""Characters of a report that are read: what the index tells stands at a report's top."""


@dataclass(frozen=True)
class Entry:
    """What a report says of itself.

    Attributes:
        place: where it is, from the folder of the index.
        at: ISO 8601, or "" where it does not say.
        badges, told: whether it is about a real workspace, and its first sentence.
    """

    place: str
    title: str
    at: str
    badges: str
    told: str


def index_page(folder: Path) -> str:
    """Return a page that lists the reports of a folder and of those inside it, the newest first."""
    entries = sorted(_entries(folder), key=lambda entry: (entry.at, entry.place), reverse=True)
    if not entries:
        return rendered(Top("Reports", Html(), tag("p", "There is no report here.", class_="lead")), [])
    shown = entries[:MOST_ROWS]
    left = len(entries) - len(shown)
    note = f"{counted(left, 'older one')} not listed." if left else ""
    rows = [Row((_name(entry), entry.at.replace("T", " ")[:16], entry.badges, entry.told)) for entry in shown]
    heads = ["Report", "Read at (UTC)", "Workspace", "In short"]
    listing = table(heads, rows, caption="The newest first", note=note, stacked=True)
    lead = tag("p", f"{counted(len(entries), 'report')} in this folder.", class_="lead")
    return rendered(Top("Reports", Html(), lead), [("All reports", listing)])


def _entries(folder: Path) -> Iterator[Entry]:
    for path in sorted(folder.rglob("*.html")):
        # A symlink may lead out of the folder, to what is not for the readers of the index.
        if path.is_symlink() or not path.is_file():
            continue
        with path.open(encoding="utf-8", errors="replace") as file:
            reader = _Reader()
            reader.feed(file.read(_BEGINNING))
        # Every report has a badge, an index has none.
        if reader.ours and reader.found["badge"]:
            place = path.relative_to(folder).as_posix()
            found = {name: " ".join("".join(texts).split()) for name, texts in reader.found.items()}
            yield Entry(place, found["title"], reader.at, found["badge"], found["lead"])


def _name(entry: Entry) -> Html:
    place = link(entry.title or entry.place, quote(entry.place))
    return place + tag("br") + tag("small", tag("code", entry.place))


class _Reader(HTMLParser):
    """Reads the top of a page of this package: its title, its badges, its date, its first sentence."""

    def __init__(self) -> None:
        super().__init__()
        self.ours = False
        self.at = ""
        self.found: dict[str, list[str]] = {"title": [], "badge": [], "lead": []}
        self._in = ""

    def handle_starttag(self, name: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note where the text that follows belongs."""
        given = {key: value or "" for key, value in attrs}
        classes = given.get("class", "").split()
        self.ours = self.ours or (name == "body" and "edges-page" in classes)
        if name == "time" and not self.at:
            self.at = given.get("datetime", "")
        wanted = name if name == "title" else next((key for key in ("badge", "lead") if key in classes), "")
        if wanted and not self.found[wanted]:
            self._in = wanted

    def handle_endtag(self, name: str) -> None:
        """Leave what is ended."""
        if name in ("title", "span", "p"):
            self._in = ""

    def handle_data(self, data: str) -> None:
        """Keep the text."""
        if self._in:
            self.found[self._in].append(data)
