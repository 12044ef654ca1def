"""axe-core, which tells what keeps people from using a page."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Any

from playwright.sync_api import Page


def violations(page: Page, within: str = "", *, besides: Sequence[str] = ()) -> list[str]:
    """What axe-core has to complain about on a page, or in the elements that a selector finds.

    Args:
        besides: rules that are not looked at.
    """
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(_source())
    options = {"resultTypes": ["violations"], "rules": {rule: {"enabled": False} for rule in besides}}
    found: dict[str, Any] = page.evaluate(
        "([within, options]) => axe.run(within || document, options)", [within, options]
    )
    return [
        f"{each['id']}: {node['html'][:200]} {node['failureSummary'][:300]}"
        for each in found["violations"]
        for node in each["nodes"][:3]
    ]


@cache
def _source() -> str:
    return (resources.files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
