"""The search for secrets finds them in every form, where it should look."""

from __future__ import annotations

import base64
import html
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.leaks import traces_in

SECRET = "fake/se<cr>et+not&real"
FORMS = {
    "plain": SECRET,
    "url": quote(SECRET, safe=""),
    "html": html.escape(SECRET),
    "base64": base64.b64encode(f"Bearer {SECRET}".encode()).decode(),
    "base64url": base64.urlsafe_b64encode(f"x{SECRET}".encode()).decode(),
    "json": SECRET.replace("/", "\\/"),
}


@pytest.mark.parametrize("form", FORMS)
def test_secret_in_a_file_is_found_in_whatever_form(form: str, tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "report.html").write_text(f"<p>…{FORMS[form]}…</p>", encoding="utf-8")
    assert traces_in(tmp_path, [SECRET, "fake-other"]) == [f"deep/report.html: {SECRET}"]


def test_ledgers_may_hold_what_is_sent(tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite-wal").write_text(SECRET, encoding="utf-8")
    assert traces_in(tmp_path, [SECRET]) == []
