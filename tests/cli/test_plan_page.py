# SPDX-License-Identifier: GPL-2.0-only
"""The page that ``plan`` writes, in a real browser: Chromium, driven by Playwright."""

from __future__ import annotations

import html.parser
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.migration.support import write_tree

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

MARKUP = "<img src=x onerror=alert(1)>"

LOOPS = """\
static int loop_mmap(struct file *file, struct vm_area_struct *vma)
{
	vma->vm_start = 0;
	return 0;
}

static const struct file_operations loop_fops = {
	.mmap = loop_mmap,
};
"""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small tree, with markup in an entry of MAINTAINERS and many drivers."""
    folder = tmp_path_factory.mktemp("page")
    root = write_tree(folder, {f"drivers/many/m{number:02}.c": LOOPS for number in range(60)})
    maintainers = root / "MAINTAINERS"
    maintainers.write_text(maintainers.read_text() + f"\nODD {MARKUP}\nS:\tMaintained\nF:\tdrivers/many/\n")
    return root


def plan(tree: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "mmapmigrate", "plan", "--no-cache", *arguments]
    return subprocess.run(command, cwd=tree, capture_output=True, check=True, text=True).stdout


@pytest.fixture(scope="module")
def document(tree: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(plan(tree, "--format", "json"))
    return found


@pytest.fixture(scope="module")
def written(tree: Path) -> Path:
    plan(tree, "--format", "html", "--output", "plan.html")
    return tree / "plan.html"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    playwright = pytest.importorskip("playwright.sync_api")
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("Chromium is missing: install Debian's package chromium")
        pytest.skip("needs Chromium (Debian's package chromium)")
    with playwright.sync_playwright() as driver:
        # Root, as in a container, has no sandbox.
        found = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture
def page(browser: Browser, written: Path) -> Iterator[Page]:
    """The page, loaded; whatever it says on the console or asks of the network fails the test."""
    opened = browser.new_page(viewport={"width": 1280, "height": 900})
    said: list[str] = []
    opened.on("console", lambda message: said.append(message.text))
    opened.on("pageerror", lambda error: said.append(str(error)))
    opened.on("dialog", lambda dialog: said.append(f"dialog {dialog.message}"))
    opened.on(
        "request", lambda request: said.append(request.url) if request.url != written.as_uri() else None
    )
    opened.goto(written.as_uri())
    yield opened
    opened.close()
    assert [text for text in said if not text.startswith("data:")] == []


def shown(page: Page) -> int:
    return page.locator("#hook-table tbody tr:visible").count()


def test_the_counts_are_those_of_the_json(page: Page, document: dict[str, Any]) -> None:
    summary = document["summary"]
    tiles = [int(text) for text in page.locator(".tile b").all_inner_texts()]
    tiers = summary["by_tier"]
    assert tiles == [
        summary["hooks"],
        summary["converted"],
        tiers["complete"] + tiers["review"],
        tiers["skeleton"],
        tiers["blocked"],
    ]
    assert page.locator("#hook-table tbody tr").count() == summary["hooks"]
    blockers = page.locator("#blockers table").first.locator("tbody tr")
    assert blockers.count() == sum(one["kind"] != "code" for one in document["blockers"])
    assert page.locator("#subsystems tbody tr").count() == len(document["subsystems"])
    assert page.locator("#order tbody tr").count() == len(document["order"])


def test_the_blockers_numbers_are_those_of_the_json(page: Page, document: dict[str, Any]) -> None:
    rows = page.locator("#blockers table").first.locator("tbody tr").all()
    numbers = [[int(text) for text in row.locator("td.n").all_inner_texts()] for row in rows]
    assert numbers == [
        [one["in_the_way"], one["frees_alone"]] for one in document["blockers"] if one["kind"] != "code"
    ]


def test_the_search_finds_words_in_any_order(page: Page) -> None:
    page.fill("#text", "foo b_MMAP")
    assert shown(page) == 1
    assert page.locator("#count").inner_text().startswith("1 of ")
    assert "b_ops" in page.locator("#hook-table tbody tr:visible").inner_text()
    page.fill("#text", "no such hook")
    assert shown(page) == 0


def test_tier_and_subsystem_filter_together(page: Page, document: dict[str, Any]) -> None:
    page.select_option("#tier", "complete")
    assert shown(page) == document["summary"]["by_tier"]["complete"]
    page.select_option("#subsystem", "FOO DRIVERS")
    assert shown(page) == 0
    page.select_option("#tier", "blocked")
    assert shown(page) == 3
    page.get_by_role("button", name="Clear").click()
    page.wait_for_function("document.getElementById('subsystem').value === ''")
    assert page.locator("#count").inner_text().startswith(f"{len(document['hooks'])} of ")


def test_long_tables_show_their_rest_when_asked(page: Page, document: dict[str, Any]) -> None:
    assert shown(page) == 50
    assert "the first 50 shown" in page.locator("#count").inner_text()
    page.locator("#everything").click()
    assert shown(page) == len(document["hooks"])
    assert page.locator("#everything").is_hidden()


def test_a_blocker_shows_the_hooks_behind_it(page: Page, document: dict[str, Any]) -> None:
    worth = {one["id"]: one["in_the_way"] for one in document["blockers"]}
    page.locator('button[data-blocker="member:foo_queue_ops.mmap"]').click()
    assert shown(page) == worth["member:foo_queue_ops.mmap"]
    assert "foo_queue_ops.mmap" in page.locator("#behind").inner_text()
    page.locator('button[data-blocker="function:fooq_fop_mmap"]').click()
    assert shown(page) == worth["function:fooq_fop_mmap"]


def test_the_keyboard_reaches_what_the_mouse_does(page: Page) -> None:
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "text"
    page.keyboard.type("own_mmap")
    assert shown(page) == 1
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "tier"


def test_the_drawing_has_a_name_and_can_be_scrolled_by_keyboard(page: Page) -> None:
    drawing = page.get_by_role("region", name="Drawing of what blocks what")
    assert drawing.get_attribute("tabindex") == "0"
    assert drawing.locator("svg .node").count() >= 5
    assert "foo_queue_ops.mmap" in drawing.locator("svg desc").inner_html()


@pytest.mark.parametrize("width", [320, 360, 768, 1280])
def test_the_page_never_scrolls_sideways(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_tables_stay_tables_on_a_phone(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    table = page.get_by_role("table", name="Hooks that still take a half-built VMA")
    assert table.get_by_role("rowheader").first.is_visible()
    assert table.get_by_role("cell").first.is_visible()


def contrast(page: Page, selector: str) -> float:
    """The WCAG contrast of an element's text with the page's ground."""
    found = page.evaluate(
        """selector => {
          const light = (text) => {
            const [r, g, b] = text.match(/[\\d.]+/g).map((one) => one / 255)
              .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
          };
          const part = getComputedStyle(document.querySelector(selector));
          const ground = getComputedStyle(document.body).backgroundColor;
          const [a, b] = [light(part.color), light(ground)].sort((x, y) => y - x);
          return (a + 0.05) / (b + 0.05);
        }""",
        selector,
    )
    return float(found)


def test_light_and_dark_are_both_legible(page: Page) -> None:
    grounds = set()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        grounds.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
        for selector in ("h1", "caption", "#hook-table a", ".status", "td"):
            assert contrast(page, selector) >= 4.5, f"{selector} in {scheme}"
    assert len(grounds) == 2


def test_markup_in_the_tree_is_text(page: Page) -> None:
    page.wait_for_timeout(100)
    assert page.locator("img").count() == 0
    assert page.locator("#subsystem option", has_text=MARKUP).count() == 1


class _References(html.parser.HTMLParser):
    """What a page refers to."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.links: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        given = {name: value or "" for name, value in attrs}
        if tag == "a":
            self.links.append(given.get("href", ""))
        else:
            self.loaded += [given[name] for name in ("src", "href", "srcset", "data") if name in given]


def references(text: str) -> _References:
    found = _References()
    found.feed(text)
    return found


def test_nothing_is_loaded_from_elsewhere(written: Path) -> None:
    text = written.read_text()
    assert references(text).loaded == ["data:,"]
    assert "@import" not in text
    assert "url(" not in text


def test_links_lead_to_the_line_by_default(written: Path, document: dict[str, Any]) -> None:
    links = references(written.read_text()).links
    hook = next(one for one in document["hooks"] if one["hook"]["object"] == "b_ops")
    assert f"{hook['path']}#L{hook['line']}" in links


def test_links_can_lead_to_a_web_view(tree: Path) -> None:
    text = plan(tree, "--format", "html", "--link-base", "https://example.org/linux")
    assert "https://example.org/linux/drivers/foo/b.c#L14" in references(text).links
    assert "https://example.org/linux/include/linux/foo.h#L9" in references(text).links


def test_a_page_of_nothing_is_a_page(tree: Path) -> None:
    text = plan(tree, "--format", "html", "drivers/bar/done.c")
    assert "0 hooks still take a half-built VMA; 1 have moved (100 %)." in text
    assert "svg" not in references(text).tags
