"""A workspace whose names want the reader's browser to do something, or are stranger than names are."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, Request

from edges_nb.sandbox import World
from tests.crowd import crowd
from tests.reports.payloads import PAYLOADS

TRAP = "window.trapped = 0; window.trap = () => { window.trapped += 1 };"

NAMES = (
    *PAYLOADS,
    "‏اسم طويل من اليمين إلى اليسار ‮txt.exe",
    "W" * 255,
    "a very long name of many words " * 8,
    "🙂🙂🙂 家族の絆 Ω≈ç√∫ ﷽",
    "=1+1",
    "@SUM(A1)",
)


def hostile_world(schedules: int = 0) -> World:
    """Schedules and identities with every name there is here, and so many plain ones besides."""
    world = crowd(schedules, 200, runs=False) if schedules else World(seed=5)
    for number, name in enumerate(NAMES):
        identity = world.add_identity(name)
        fields: dict[str, Any] = {"name": name, "callback": {"url": f"https://{name}.example.com/{name}"}}
        if number % 7 == 1:  # what no server accepts can still be in an answer
            fields |= {"cron": name, "next_execution_at": world.clock.now(), "timezone": name}
        if number % 5 == 1:
            fields["inputs"] = [{name: name, "custom_data": {name: name}}]
        schedule = world.add_schedule(identity, **fields)
        error = {"error_label": name, "message": name}
        run = {"started_at": world.clock.now(), "finished_at": world.clock.now(), "output_count": number}
        world.add_run(schedule, status="FAILED" if number % 2 else "SUCCEEDED", last_error=error, **run)
    return world


class Watch:
    """What a page does that it must not: run the trap, ask another host, run into its own policy."""

    def __init__(self, page: Page, own: str) -> None:
        self.page = page
        self._asked: list[Request] = []
        self._own = own
        page.add_init_script(TRAP)
        page.on("request", lambda request: self._asked.append(request))

    @property
    def wrongs(self) -> list[str]:
        """Requests to somebody else that the page's policy did not hold back, and the trap."""
        own = (self._own, self._own.replace("http", "ws", 1), "data:", "blob:", "about:")
        strangers = [
            each.url for each in self._asked if not each.url.startswith(own) and each.failure != "csp"
        ]
        return [*strangers, *(["the trap was run"] if self.page.evaluate("window.trapped") else [])]


OVERFLOWING = """root => {
  const edge = root.getBoundingClientRect().right + 1;
  const scrolls = e => e !== root && e.parentElement && (
    /auto|scroll|hidden/.test(getComputedStyle(e.parentElement).overflowX) && e.parentElement !== root
    || scrolls(e.parentElement));
  return [...root.querySelectorAll('*')].filter(e => {
    const box = e.getBoundingClientRect();
    return box.width > 0 && box.right > edge && getComputedStyle(e).visibility !== 'hidden' && !scrolls(e);
  }).map(e => e.tagName + '.' + e.className + ' ' + e.textContent.slice(0, 60)).slice(0, 5);
}"""
"""What reaches beyond the right edge of an element, and can't be scrolled to."""
