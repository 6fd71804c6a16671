"""What we send for any form is what a real Chromium sends for it: hundreds of generated forms, in one browser."""

from __future__ import annotations

import queue
import shutil
import threading
from collections.abc import Callable, Iterator
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ssrcred.adapters.portal.html.form import MULTIPART, encode, entries
from ssrcred.adapters.portal.html.page import read_page
from ssrcred.adapters.web.answer import Answer
from waiting import HUNG_S

pytestmark = [pytest.mark.real("chromium"), pytest.mark.filterwarnings("ignore::ResourceWarning")]

FORMS = 320
Sent = tuple[str, str, str, bytes]
"""Method, path with query, content type and body of one request."""

SIGNS = "ab1 \t\n\r`'\"\\<>&;%+#$=*-._~/?@[]{}\u00e9\u00a0\u20ac\u2019\u4e2d\U0001f600"
texts = st.text(SIGNS, max_size=8) | st.sampled_from(
    ["&copy", "&lt;", "&#39;", "a&b=c", "\n\nx", "2024-02-29", "2024-W09", "10:30", "1e2", "-.5", "#ABCDEF", " a@b.c "]
)
names = st.sampled_from(["a", "b", "b", "user[name]", "x.y", "q\"'", "\u00e9", "isindex", ""])
TYPES = [
    "text",
    "password",
    "hidden",
    "search",
    "tel",
    "url",
    "email",
    "checkbox",
    "radio",
    "file",
    "submit",
    "image",
    "button",
    "reset",
    "TEXT",
    "bogus",
]
FLAGS = ("disabled", "readonly", "checked", "multiple", "required", "hidden", "form=f", "form=g", "form")


@st.composite
def attributes(draw: st.DrawFn, *more: str) -> str:
    """Some attributes of a control: a name, a value, flags, quoted in one of three ways."""
    said = list(more)
    for key, value in (("name", draw(names)), ("value", draw(texts))):
        if draw(st.integers(0, 5)):
            quote = draw(st.sampled_from("\"'"))
            text = escape(value, quote=False).replace(quote, f"&#{ord(quote)};")
            bare = value.isalnum() and value.isascii() and draw(st.booleans())
            said.append(f"{key}={value}" if bare else f"{key}={quote}{text}{quote}")
    if draw(st.integers(0, 2)) == 0:
        said += draw(st.lists(st.sampled_from(FLAGS), max_size=2))
    return " ".join(draw(st.permutations(said)))


@st.composite
def options(draw: st.DrawFn) -> str:
    found = []
    for _ in range(draw(st.integers(0, 4))):
        marks = " ".join(draw(st.lists(st.sampled_from(("selected", "disabled", "value=v", "label=l")), max_size=2)))
        found.append(f"<option {marks}>{escape(draw(texts))}{draw(st.sampled_from(['', '</option>']))}")
    if draw(st.booleans()) and found:
        found.insert(draw(st.integers(0, len(found) - 1)), draw(st.sampled_from(["<optgroup disabled>", "<optgroup>"])))
    return "".join(found)


@st.composite
def controls(draw: st.DrawFn) -> str:
    kind = draw(st.sampled_from(("input", "input", "input", "input", "select", "textarea", "button")))
    if kind == "input":
        return f"<input type={draw(st.sampled_from(TYPES))} {draw(attributes())}>"
    if kind == "select":
        return f"<select {draw(attributes())}>{draw(options())}</select>"
    if kind == "textarea":
        return f"<textarea {draw(attributes())}>{escape(draw(texts))}</textarea>"
    return f"<button type={draw(st.sampled_from(('submit', 'button', 'reset')))} {draw(attributes())}>x</button>"


TAGS = """
<table> <tr> <td> </td> </tr> </table> <th> <tbody> <caption> <div> </div> <p> </p> <fieldset> </fieldset> <legend>
</legend> <ul> <li> </ul> <b> </b> <span> </span> <label> </label> <h2> </h2> <dl> <dd> </dl> <center> </form> <svg>
</svg> <br> <hr> text
"""
WRAPPERS = [
    *TAGS.split(),
    *("<fieldset disabled>", "<form action=/other method=post>", "<form id=g action=/g method=post>", "<!-- x -->"),
]
soft = st.sampled_from([wrapper for wrapper in WRAPPERS if "form" not in wrapper and "svg" not in wrapper])
pieces = controls() | controls() | soft | st.sampled_from(WRAPPERS)


@st.composite
def pages(draw: st.DrawFn) -> tuple[str, str]:
    """A page with a button to press, and its charset."""
    charset = draw(st.sampled_from(["utf-8", "utf-8", "windows-1252", "iso-8859-1"]))
    method = draw(st.sampled_from(["post", "post", "POST", "get", "bogus"]))
    kind = draw(st.sampled_from(["", "", "enctype=multipart/form-data", "accept-charset=windows-1252"]))
    if "plain" in kind:
        method = "post"  # Chromium leaves out line ends where only the button says post; that is a mistake of its own
    action = draw(st.sampled_from(["/send", "send?old=1#x", '"/send?q=a b&amp;c"', '""']))
    own = draw(st.sampled_from(["", "", "formmethod=post", "formaction=/act", "formenctype=multipart/form-data"]))
    button = draw(st.sampled_from([f"<button id=go {own} %s>go</button>", f"<input type=submit id=go {own} %s>"]))
    before, after = draw(st.lists(pieces, max_size=8)), draw(st.lists(pieces, max_size=4))
    outside = draw(st.lists(soft | controls(), max_size=2))
    inside = [*before, button % draw(attributes()).replace("disabled", ""), *after]
    form = f"<form id=f method={method} action={action} {kind}>"
    return "<!doctype html>" + "".join([*outside, form, *inside, "</form>", *outside[:1]]), charset


class Recorder:
    """A server that shows one page and keeps what a form on it sent."""

    def __init__(self) -> None:
        self.page, self.charset, self.pressed = b"", "utf-8", False
        self.got: queue.Queue[Sent] = queue.Queue()


@pytest.fixture(scope="module")
def by_chromium() -> Iterator[Callable[[bytes, str], tuple[str, Sent | None]]]:
    """A function that shows a page to Chromium, presses the button `go`, and tells the page's address and what came."""
    from playwright.sync_api import sync_playwright

    recorder = Recorder()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            if self.path == "/dir/page" and not recorder.pressed:
                self.send_response(200)
                self.send_header("Content-Type", f"text/html; charset={recorder.charset}")
                self.send_header("Content-Length", str(len(recorder.page)))
                self.end_headers()
                self.wfile.write(recorder.page)
            else:
                self.do_POST()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.headers.get("Sec-Fetch-Mode", "navigate") == "navigate" and self.path != "/favicon.ico":
                recorder.got.put((self.command, self.path, self.headers.get("Content-Type", ""), body))
            self.send_response(204)
            self.end_headers()

    program = next(path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name)))
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server, sync_playwright() as playwright:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        tab = browser.new_page()
        url = f"http://127.0.0.1:{server.server_address[1]}/dir/page"

        def press(page: bytes, charset: str) -> tuple[str, Sent | None]:
            recorder.page, recorder.charset, recorder.pressed = page, charset, False
            tab.goto(url, wait_until="domcontentloaded")
            while not recorder.got.empty():
                recorder.got.get()
            recorder.pressed = True
            return url, recorder.got.get(timeout=HUNG_S) if tab.evaluate(PRESS) else None

        yield press
        browser.close()
        server.shutdown()
        thread.join()


PRESS = """() => {
  for (const form of document.forms) form.noValidate = true;
  const button = document.getElementById('go');
  if (!button || !button.form || button.matches(':disabled')) return false;
  button.click();
  return true;
}"""


@example(page=("<form id=f method=post action=/send><textarea name=a>\n\nx</textarea><button id=go>", "utf-8"))
@given(page=pages())
@settings(
    max_examples=FORMS,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large],
)
def test_sends_what_chromium_sends_for_any_form(
    by_chromium: Callable[[bytes, str], tuple[str, Sent | None]], page: tuple[str, str]
) -> None:
    markup, charset = page
    content = _served(markup, charset)
    url, theirs = by_chromium(content, charset)
    ours = _send(Answer(200, url, {"Content-Type": f"text/html; charset={charset}"}, content))

    assert _without_boundary(ours) == _without_boundary(theirs)


def _served(markup: str, charset: str) -> bytes:
    """A page as a server sends it; what its charset lacks as a reference."""
    return markup.encode(charset.replace("iso-8859-1", "cp1252"), "xmlcharrefreplace")


def _send(answer: Answer) -> Sent | None:
    page = read_page(answer)
    forms = [form for form in page.forms if form.method]  # what belongs to no form sends nothing
    pressed = [(form, item) for form in forms for item in form.controls if item.node.attributes.get("id") == "go"]
    if not pressed or not pressed[0][1].submits:
        return None
    form, button = pressed[0]
    request = encode(form, entries(form, button), button, base=page.base)
    path = "/" + request.url.partition("#")[0].split("/", 3)[3]
    return request.method, path, request.headers.get("Content-Type", ""), request.content or b""


def _without_boundary(sent: Sent | None) -> Sent | None:
    if sent is None:
        return None
    method, path, kind, body = sent
    name, _, boundary = kind.partition("; boundary=")
    if name != MULTIPART:
        return method, path.replace(" ", "%20"), kind, body
    return method, path.replace(" ", "%20"), name, body.replace(boundary.encode(), b"BOUNDARY")
