"""The drawn pages themselves: a person with a plain Chromium changes two fields, saves, and nothing else changes."""
# ruff: noqa: E501  scripts stand as they are run

from __future__ import annotations

import json
import shutil
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import pytest
from playwright.sync_api import Browser, Dialog, ElementHandle, Frame, Page, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from adapters.portal.pages.catalogue import PAGES
from adapters.portal.pages.page_server import DISTRICT, OFFICE, PASSWORD, PINE, Request, SettingsPage, serving
from adapters.portal.pages.reach_scripted import OpensSocket, SavesOnInput, SendsTelemetry
from waiting import HUNG_S, until

# They hold the drawn pages, not the program: `make test-pages` runs them when a page is drawn or changed.
pytestmark = [pytest.mark.real("chromium"), pytest.mark.pages]

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
    const words = ["aria-label", "placeholder", "title"].map((name) => (field.getAttribute(name) || "").replace("Click to edit", ""));
    for (const id of (field.getAttribute("aria-labelledby") || "").split(" ").filter(Boolean))
      words.push(field.getRootNode().getElementById(id).textContent);
    for (const one of field.labels || []) words.push(own(one));
    const cell = field.closest("td"), row = cell && cell.parentElement, table = row && row.closest("table");
    if (table) for (const other of table.rows)
      if (other === row) break; else if (other.cells[cell.cellIndex]) words.push(own(other.cells[cell.cellIndex]));
    if (!words.some((one) => plain(one)) && items[at - 1] && items[at - 1].text) words.push(items[at - 1].text);
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
  let from = 0;
  const walk = (node) => {
    if (node.nodeType === Node.TEXT_NODE && after && node.data.trim() === after) from = all.length;
    if (node.nodeType === Node.ELEMENT_NODE) {
      if (node.matches("a, button, input, summary, area, [role=button], [role=tab], [role=menuitem], [role=link]")) {
        const shown = node.checkVisibility({ visibilityProperty: true }) && node.getClientRects().length > 0;
        const slotted = [...node.querySelectorAll("slot")].flatMap((slot) => slot.assignedNodes()).map((part) => part.textContent).join("");
        const names = [node.getAttribute("aria-label"), node.title, node.matches("[type=submit], [type=button]") ? node.value : "", node.innerText, slotted];
        if (shown && names.some((name) => (name || "").trim() === words)) all.push(node);
      }
      if (node.tagName === "SLOT") { for (const part of node.assignedNodes()) walk(part); return; }
      if (node.shadowRoot) { walk(node.shadowRoot); return; }
    }
    for (const part of node.childNodes) walk(part);
  };
  if (document.readyState === "loading") return null;
  walk(document.body);
  return all[from] || all[0] || null;
}"""

HANDLERS = """() => [...document.querySelectorAll("*")].some((element) => element.tagName === "SCRIPT"
  || [...element.attributes].some((one) => one.name.startsWith("on") || one.value.startsWith("javascript:")))"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=QUIET)
        for scripts in (True, False):
            context = opened.new_context(java_script_enabled=scripts)
            context.set_default_timeout(HUNG_S * 1000)
            context.new_page()
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
    until = time.monotonic() + HUNG_S
    while time.monotonic() < until:
        try:
            if (result := look()) is not None:
                return result
        except PlaywrightError as error:
            if "navigation" not in error.message.lower() and "detached" not in error.message:
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
    element.evaluate("(element) => element.scrollIntoViewIfNeeded()")
    box = element.bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


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


def sent(drawn: SettingsPage) -> list[Request]:
    """What was sent to where the page saves."""
    return [request for request in drawn.requests if request.path == drawn.action and request.method != "GET"]


def visit(
    browser: Browser, drawn: SettingsPage, place: str, new: tuple[str, str], scripts: bool = True, bookmark: str = ""
) -> Visit:
    """Sign in, go to the settings (or open a bookmark of them), type two values, save, leave."""
    context = browser.contexts[0 if scripts else 1]
    context.clear_cookies()
    page = context.pages[0]

    def answer(dialog: Dialog) -> None:
        if dialog.message == drawn.save.dialog:
            dialog.accept()
        else:
            dialog.dismiss()

    page.on("dialog", answer)
    try:
        with serving(drawn) as address:
            if bookmark:
                context.request.post(f"{address}/login", form={"username": OFFICE, "password": PASSWORD})
                page.goto(address + bookmark)
            else:
                go(page, address, drawn)
            return save(page, address, drawn, place, new)
    finally:
        page.remove_listener("dialog", answer)


def save(page: Page, address: str, drawn: SettingsPage, place: str, new: tuple[str, str]) -> Visit:
    """Type two values into the fields of a place, save, leave."""
    anchor, holds = choose(page, drawn, place)
    username = field(page, anchor, drawn.username_label, holds)
    asked, handlers = list(drawn.requests), any(frame.evaluate(HANDLERS) for frame in page.frames)
    frame = username.owner_frame()
    assert frame
    settings_at, saves, sendings = frame.url.removeprefix(address), len(drawn.saves), len(sent(drawn))
    for box in drawn.boxes:
        page.get_by_label(box).check()
    username.fill(new[0])
    field(page, anchor, drawn.key_label, None).fill(new[1])
    if drawn.repeat:
        field(page, anchor, drawn.repeat, None).fill(new[1])
    if drawn.save.kind == "leave":
        page.keyboard.press("Tab")
    else:
        click(page, drawn.save.label, anchor)
    for more in filter(None, (drawn.save.second_press, drawn.save.second_page)):
        click(page, more)
    waited(page, lambda: True if len(drawn.saves) > saves and len(sent(drawn)) > sendings else None, "the save")
    settle(page, drawn)
    waited(page, lambda: page.goto("about:blank") or True, "the end")
    if handlers:
        settle(page, drawn)
    return Visit(drawn, asked, sent(drawn)[-1].entries, handlers, settings_at)


def settle(page: Page, drawn: SettingsPage) -> None:
    """Wait until nothing has been asked for a moment."""
    count = -1
    while count != len(drawn.requests):
        count = len(drawn.requests)
        page.wait_for_timeout(70)
    page.wait_for_load_state()


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


@pytest.mark.parametrize(
    "drawn", [drawn for drawn in PAGES if drawn.__base__ is SettingsPage], ids=lambda drawn: drawn.__name__
)
def test_a_year_later_a_bookmark_leads_to_the_same_two_values(browser: Browser, drawn: type[SettingsPage]) -> None:
    page = drawn()
    held = page.snapshot()
    page.next_year()
    before, place = page.snapshot(), PINE if page.group else DISTRICT
    assert len([name for name, value in before["settings"].items() if value != held["settings"][name]]) == 3
    bookmark = "" if drawn.way_with == "tabs" else first_visit(browser, drawn)[0].settings_at
    visit(browser, page, place, LATER, bookmark=bookmark)
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


@pytest.mark.parametrize(
    "drawn",
    [drawn for drawn in PAGES if issubclass(drawn, SavesOnInput | OpensSocket | SendsTelemetry)],
    ids=lambda drawn: drawn.__name__,
)
def test_what_a_page_sends_by_itself_is_counted(browser: Browser, drawn: type[SettingsPage]) -> None:
    page = first_visit(browser, drawn)[0].page
    by_itself = [request for request in page.requests if request.path in ("/autosave", "/insight")]
    if drawn is OpensSocket:
        assert {frame.path for frame in page.frames} == {"/presence"}
        until(lambda: any(NEW[0].encode() in frame.content for frame in page.frames), "the typed user name")
        assert all(frame in page.writes for frame in page.frames)
    else:
        assert by_itself and all(request in page.writes for request in by_itself)
    if drawn is SendsTelemetry:
        whys = {json.loads(request.body)["why"] for request in by_itself}
        assert whys == {"blur", "visibilitychange", "pagehide", "beforeunload"}
        pictures = [request.query["typed"] for request in page.requests if request.path == "/insight.gif"]
        assert b64encode(NEW[1].encode()).decode() in pictures
    assert page.connections >= len({request.connection for request in page.requests}) > 0


def test_every_page_says_what_it_is() -> None:
    assert len({drawn.__name__ for drawn in PAGES}) == len({drawn.name for drawn in PAGES}) == len(PAGES)
    assert all(drawn.kind and drawn.name.endswith(".") for drawn in PAGES)
