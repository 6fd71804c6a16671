"""The drawn pages themselves: a person with a plain Chromium changes two fields, saves, and nothing else changes."""
# ruff: noqa: E501  scripts stand as they are run

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import pytest
from playwright.sync_api import Browser, Dialog, ElementHandle, Frame, Page, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from adapters.portal.pages.catalogue import PAGES
from adapters.portal.pages.page_server import DISTRICT, OFFICE, PASSWORD, PINE, Request, SettingsPage, serving

pytestmark = pytest.mark.real("chromium")

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
NEW = ("typed-user-0917", "N*w&7<k\"Q'x)>m;2~Zc^")
LATER = ("typed-user-1004", "L8'+r(Vt>_p&\"h<5:yJ.")
SECONDS = 8

by_class = pytest.mark.parametrize("drawn", PAGES, ids=lambda drawn: drawn.__name__)

Thing = TypeVar("Thing")

FIND = """([anchor, label, holds]) => {
  // The first field after the words `anchor` that a person would say is called `label`.
  const plain = (text) => text.replace(/[\\s\\u00a0]+/g, " ").replace(/ ?[:*]+ ?$/, "").trim();
  const seen = (element) => element.checkVisibility({ visibilityProperty: true }) && element.getClientRects().length > 0;
  const isField = (element) => element.matches(
    "input:not([type]), input[type=text], input[type=password], input[type=email], textarea, [title='Click to edit']");
  const items = [];
  const walk = (node) => {
    if (node.nodeType === Node.TEXT_NODE) {
      if (plain(node.data) && node.parentElement && seen(node.parentElement)) items.push({ text: plain(node.data) });
      return;
    }
    if (node.nodeType === Node.ELEMENT_NODE) {
      if (["SCRIPT", "STYLE", "NOSCRIPT", "OPTION"].includes(node.tagName)) return;
      if (isField(node)) { if (seen(node)) items.push({ field: node }); return; }
      if (node.tagName === "SLOT") { for (const part of node.assignedNodes()) walk(part); return; }
      if (node.shadowRoot) { walk(node.shadowRoot); return; }
    }
    for (const part of node.childNodes) walk(part);
  };
  if (document.readyState === "loading") return null;
  walk(document.body);
  const own = (element) => {  // the words of a label without links and fields in it
    const copy = element.cloneNode(true);
    for (const part of copy.querySelectorAll("a, input, select, textarea, button")) part.remove();
    return copy.textContent;
  };
  const names = (field, at) => {
    const words = ["aria-label", "placeholder", "title"].map((name) => field.getAttribute(name) || "");
    for (const id of (field.getAttribute("aria-labelledby") || "").split(" ").filter(Boolean))
      words.push(field.getRootNode().getElementById(id).textContent);
    for (const one of field.labels || []) words.push(own(one));
    const cell = field.closest("td"), row = cell && cell.parentElement, table = row && row.closest("table");
    if (table) for (const other of table.rows)
      if (other === row) break; else if (other.cells[cell.cellIndex]) words.push(own(other.cells[cell.cellIndex]));
    if (items[at - 1] && items[at - 1].text) words.push(items[at - 1].text);
    return words.map(plain);
  };
  const from = anchor ? items.findLastIndex((item) => item.text === plain(anchor)) : 0;
  if (from < 0) return null;
  const at = items.findIndex((item, at) => at >= from && item.field && names(item.field, at).includes(plain(label))
    && (holds === null || item.field.value === holds));
  return at < 0 ? null : items[at].field;
}"""

CONTROL = """([words, after]) => {
  // The first link, button, tab or menu item of these words, after the words `after` where they stand on the page.
  const all = [];
  const walk = (node) => {
    if (node.nodeType === Node.TEXT_NODE && after && node.data.trim() === after) all.length = 0;
    if (node.nodeType === Node.ELEMENT_NODE) {
      if (node.matches("a, button, input, summary, area, [role=button], [role=tab], [role=menuitem], [role=link]")) {
        const shown = node.checkVisibility({ visibilityProperty: true }) && node.getClientRects().length > 0;
        const image = node.querySelector("img");
        const names = [node.getAttribute("aria-label"), node.title, node.matches("[type=submit], [type=button]") ? node.value : "", node.innerText, image && image.alt];
        if (shown && names.some((name) => (name || "").trim() === words)) all.push(node);
      }
      if (node.tagName === "SLOT") { for (const part of node.assignedNodes()) walk(part); return; }
      if (node.shadowRoot) { walk(node.shadowRoot); return; }
    }
    for (const part of node.childNodes) walk(part);
  };
  if (document.readyState === "loading") return null;
  walk(document.body);
  return all[0] || null;
}"""

HANDLERS = """() => [...document.querySelectorAll("*")].some((element) => element.tagName === "SCRIPT"
  || [...element.attributes].some((one) => one.name.startsWith("on") || one.value.startsWith("javascript:")))"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=QUIET)
        yield opened
        opened.close()


@dataclass
class Visit:
    """What one visit of a person left behind."""

    page: SettingsPage
    asked: list[Request]  # up to the settings page, before anything is typed
    entries: list[tuple[str, str]]  # what the save posted
    handlers: bool
    settings_at: str  # the address of the settings page


def waited(page: Page, look: Callable[[], Thing | None], what: str) -> Thing:
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        try:
            if (result := look()) is not None:
                return result
        except PlaywrightError as error:
            if "navigation" not in error.message and "detached" not in error.message:
                raise
        page.wait_for_timeout(20)
    raise AssertionError(f"not on the page: {what}; it says: {page.locator('body').inner_text()[:600]}")


def shown(page: Page, script: str, wanted: list[str | None], what: str) -> tuple[Frame, ElementHandle]:
    """The element that a script finds in whatever frame, as soon as it is there."""

    def look() -> tuple[Frame, ElementHandle] | None:
        for frame in page.frames:
            if element := frame.evaluate_handle(script, wanted).as_element():
                return frame, element
        return None

    return waited(page, look, what)


def press(page: Page, element: ElementHandle) -> None:
    """A real click of the mouse; Playwright's own waits for what a made-up page never does."""
    x, y = element.evaluate(
        "(element) => { element.scrollIntoViewIfNeeded(); const at = element.getClientRects()[0]; return [at.x + at.width / 2, at.y + at.height / 2]; }"
    )
    page.mouse.click(x, y)


def click(page: Page, words: str, after: str = "") -> None:
    """Click the link, button, tab or menu item of these words."""
    press(page, shown(page, CONTROL, [words, after], words)[1])


def field(page: Page, anchor: str, label: str, holds: str | None) -> ElementHandle:
    """The field of this label after the words `anchor`, opened if it is text until it is clicked."""
    frame, element = shown(page, FIND, [anchor, label, holds], f"{label} after {anchor or 'the top'}")
    if element.get_attribute("title") != "Click to edit":
        return element
    press(page, element)
    opened = frame.evaluate_handle("() => document.activeElement").as_element()
    assert opened
    return opened


def go(page: Page, address: str, drawn: SettingsPage) -> None:
    """Sign in and click what leads to the settings."""
    page.goto(address)
    page.get_by_label("User Name").fill(OFFICE)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    for words in drawn.way:
        click(page, words)


def choose(page: Page, drawn: SettingsPage, place: str) -> tuple[str, str | None]:
    """Show the fields of a place; the words after which they stand, and what the user name's holds if that tells."""
    if place == DISTRICT:
        return drawn.heading, None
    assert drawn.group
    if drawn.group.kind == "links":
        click(page, place)
        return place, None
    if drawn.group.kind == "choices":
        page.get_by_label(drawn.group.list_label).select_option(label=place)
        if drawn.group.button:
            click(page, drawn.group.button)
        return "", drawn.pairs[place][0]
    if drawn.group.open_row:
        click(page, drawn.group.open_row, place)
    return place, None


def visit(
    browser: Browser, drawn: SettingsPage, place: str, new: tuple[str, str], scripts: bool = True, bookmark: str = ""
) -> Visit:
    """Sign in, go to the settings (or open a bookmark of them), type two values, save, leave."""
    context = browser.new_context(java_script_enabled=scripts)
    context.set_default_timeout(SECONDS * 1000)
    page = context.new_page()

    def answer(dialog: Dialog) -> None:
        if dialog.message == drawn.save.dialog:
            dialog.accept()
        else:
            dialog.dismiss()

    with serving(drawn) as address:
        page.on("dialog", answer)
        if bookmark:
            context.request.post(f"{address}/login", form={"username": OFFICE, "password": PASSWORD})
            page.goto(address + bookmark)
        else:
            go(page, address, drawn)
        anchor, holds = choose(page, drawn, place)
        username = field(page, anchor, drawn.username_label, holds)
        asked, handlers = list(drawn.requests), any(frame.evaluate(HANDLERS) for frame in page.frames)
        before, settings_at = len(drawn.saves), page.url.removeprefix(address)
        username.fill(new[0])
        field(page, anchor, drawn.key_label, None).fill(new[1])
        if drawn.repeat:
            field(page, anchor, drawn.repeat, None).fill(new[1])
        for box in drawn.boxes:
            page.get_by_label(box).check()
        if drawn.save.kind == "leave":
            page.keyboard.press("Tab")
        else:
            click(page, drawn.save.label, anchor)
        if drawn.save.second_press:
            click(page, drawn.save.second_press)
        waited(page, lambda: True if len(drawn.saves) > before else None, "the save")
        page.wait_for_load_state()
        context.close()
    return Visit(drawn, asked, drawn.saves[-1][1], handlers, settings_at)


def first_visit(browser: Browser, drawn: type[SettingsPage]) -> tuple[Visit, object]:
    """What a person does this year; made once for all tests that look at it."""
    if drawn not in VISITS:
        page = drawn()
        before = page.snapshot()
        VISITS[drawn] = visit(browser, page, DISTRICT, NEW), before
    return VISITS[drawn]


VISITS: dict[type[SettingsPage], tuple[Visit, object]] = {}


def expected(before: object, page: SettingsPage, place: str, new: tuple[str, str]) -> object:
    assert isinstance(before, dict)
    if page.stores == "nothing":
        return before
    return {**before, "pairs": {**before["pairs"], place: (new[0], page.kept(new[1]))}}


@by_class
def test_a_person_saves_two_values_and_nothing_else_changes(browser: Browser, drawn: type[SettingsPage]) -> None:
    done, before = first_visit(browser, drawn)
    assert done.page.snapshot() == expected(before, done.page, DISTRICT, NEW)
    assert done.page.strange == [] and done.page.log_ins == [OFFICE]
    assert (done.page.kept(NEW[1]) != NEW[1]) == (done.page.stores == "altered")
    assert done.handlers == drawn.handlers


@by_class
def test_a_year_later_a_bookmark_leads_to_the_same_two_values(browser: Browser, drawn: type[SettingsPage]) -> None:
    page = drawn()
    held = page.snapshot()
    page.next_year()
    before, place = page.snapshot(), PINE if page.group else DISTRICT
    assert len([name for name, value in before["settings"].items() if value != held["settings"][name]]) == 3
    visit(browser, page, place, LATER, bookmark=first_visit(browser, drawn)[0].settings_at)
    assert page.snapshot() == expected(before, page, place, LATER) and page.strange == []


@pytest.mark.parametrize(
    "drawn",
    [drawn for drawn in PAGES if drawn.handlers and not drawn.scripts and not drawn.post_backs],
    ids=lambda drawn: drawn.__name__,
)
def test_without_scripts_the_same_is_sent_only_where_the_page_says_so(
    browser: Browser, drawn: type[SettingsPage]
) -> None:
    done, _ = first_visit(browser, drawn)
    page = drawn()
    plain = visit(browser, page, DISTRICT, NEW, scripts=False)
    assert (plain.entries == done.entries) == drawn.reproducible
    assert (page.snapshot() == done.page.snapshot()) == drawn.reproducible


@by_class
def test_each_difference_is_on_the_page(browser: Browser, drawn: type[SettingsPage]) -> None:
    """The same requests as a person's are answered otherwise, on a page that is otherwise as it was."""
    asked = first_visit(browser, drawn)[0].asked

    def answers(page: SettingsPage) -> list[str]:
        return [page.answer(request).body for request in asked]

    kinds = list(drawn().differences())
    assert {"label", "field"} <= set(kinds)
    for kind in kinds:
        page = drawn()
        assert answers(page) == answers(drawn())
        page.requests.clear()
        page = drawn()
        page.differences()[kind]()
        assert answers(page) != answers(drawn()), kind


def test_every_page_says_what_it_is() -> None:
    assert len({drawn.__name__ for drawn in PAGES}) == len({drawn.name for drawn in PAGES}) == len(PAGES)
    assert all(drawn.kind and drawn.name.endswith(".") for drawn in PAGES)
