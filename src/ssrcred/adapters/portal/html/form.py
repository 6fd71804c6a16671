"""What a browser sends for a form: the controls, their values, and the request (WHATWG HTML, 4.10.21 and 4.10.22)."""

from __future__ import annotations

import codecs
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple
from urllib.parse import quote_plus, urldefrag, urljoin, urlsplit, urlunsplit

from ssrcred.adapters.portal.html.control import Control, control
from ssrcred.adapters.portal.html.tokenizer import SPACE
from ssrcred.adapters.portal.html.tree import LISTED, Node

URLENCODED: Final = "application/x-www-form-urlencoded"
MULTIPART: Final = "multipart/form-data"
PLAIN: Final = "text/plain"
NO_FORM: Final = ""
"""The method of what is no form at all."""
LATIN: Final = frozenset({"iso-8859-1", "iso8859-1", "latin1", "l1", "us-ascii", "ascii", "cp1252", "x-cp1252"})


GAPS: Final = "\x81\x8d\x8f\x90\x9d"


class Entry(NamedTuple):
    """One name and value that is sent; `file` for a file field, which is always sent empty."""

    name: str
    value: str
    file: bool = False


@dataclass(frozen=True, eq=False, repr=False)
class Form:
    """One form of a page: its element, absolute action, method (get, post, dialog), enctype, charset and controls."""

    node: Node
    action: str
    method: str
    enctype: str
    charset: str
    controls: tuple[Control, ...]

    def __repr__(self) -> str:
        return f"<Form {self.method}, {len(self.controls)} controls>"


class Request(NamedTuple):
    """What submitting a form sends; `content` is None for a GET."""

    method: str
    url: str
    content: bytes | None
    headers: Mapping[str, str]


def loose_controls(root: Node, url: str, charset: str) -> Form:
    """The controls of a page that belong to no form, as one that sends nothing: only a script can send them."""
    owner = owners(root)
    nodes = [node for node in root.walk() if node.tag in LISTED and not node.foreign and owner(node) is None]
    return Form(root, url, NO_FORM, "", charset, tuple(control(node) for node in nodes))


def forms(root: Node, url: str, charset: str) -> tuple[Form, ...]:
    """The forms of the page at `url`, in order, each with the controls that browsers count as its own."""
    base = base_of(root, url)
    owned: dict[Node, list[Control]] = {node: [] for node in root.walk() if node.tag == "form" and not node.foreign}
    owner = owners(root)
    for node in root.walk():
        found = owner(node) if node.tag in LISTED and not node.foreign else None
        if found in owned:
            owned[found].append(control(node))
    return tuple(
        Form(
            node=node,
            action=join(base, node.attributes.get("action", "")) if node.attributes.get("action", "").strip() else url,
            method=_one_of(node.attributes.get("method", ""), ("get", "post", "dialog")),
            enctype=_one_of(node.attributes.get("enctype", ""), (URLENCODED, MULTIPART, PLAIN)),
            charset=_encoding(node.attributes.get("accept-charset", "").replace(",", " ").split(), charset),
            controls=_one_radio_each(controls),
        )
        for node, controls in owned.items()
    )


def owners(root: Node) -> Callable[[Node], Node | None]:
    """A function that tells whose a control is: its `form=`, else the parser's choice, else the form around it."""
    named: dict[str, Node] = {}
    for node in root.walk():
        if name := node.attributes.get("id"):
            named.setdefault(name, node)

    def owner(node: Node) -> Node | None:
        if "form" in node.attributes:
            found = named.get(node.attributes["form"])
            return found if found is not None and found.tag == "form" else None
        return node.given_form or node.within("form")

    return owner


def base_of(root: Node, url: str) -> str:
    """What relative addresses on the page at `url` start from: the first `<base href>`, else the page itself."""
    for node in root.walk():
        if node.tag == "base" and "href" in node.attributes:
            return join(url, node.attributes["href"]) or url
    return url


def entries(
    form: Form,
    submitter: Control | None,
    filled: Mapping[Node, str] | None = None,
    ticked: frozenset[Node] = frozenset(),
) -> list[Entry]:
    """What is sent, in order: every control as the page has it, but those in `filled` with the given text.

    WHATWG HTML, *Constructing the entry list*. `submitter` is the button that is pressed, if any; `ticked` are boxes
    that were switched on.
    """
    values, found = filled or {}, []
    for item in form.controls:
        pressed = submitter is not None and item.node is submitter.node
        if item.disabled or (item.button and not pressed):
            continue
        if item.kind == "image":
            prefix = f"{item.name}." if item.name else ""
            found += [Entry(f"{prefix}x", "0"), Entry(f"{prefix}y", "0")]
        elif not item.name or (item.kind in ("checkbox", "radio") and not (item.on or item.node in ticked)):
            continue
        elif item.kind == "select":
            choices = (values[item.node],) if item.node in values else item.choices
            found += [Entry(item.name, choice) for choice in choices]
        else:
            found.append(Entry(item.name, values.get(item.node, item.value), file=item.kind == "file"))
    return found


def encode(form: Form, listed: list[Entry], submitter: Control | None = None, *, base: str = "") -> Request:
    """The request for the entries; a button's own formaction, formmethod and formenctype win over the form's."""
    own = submitter.node.attributes if submitter is not None else {}
    action = form.action
    if own.get("formaction", "").strip():
        action = join(base or form.action, own["formaction"])
    method = _one_of(own["formmethod"], ("get", "post", "dialog")) if "formmethod" in own else form.method
    enctype = _one_of(own["formenctype"], (URLENCODED, MULTIPART, PLAIN)) if "formenctype" in own else form.enctype
    listed = [entry._replace(name=_lines(entry.name), value=_lines(entry.value)) for entry in listed]
    if method != "post":
        address = urlunsplit(urlsplit(urldefrag(action).url)._replace(query=""))
        return Request("GET", f"{address}?{_urlencoded(listed, form.charset)}", None, {})
    if enctype == MULTIPART:
        boundary = "----ssrcred" + secrets.token_hex(16)
        kind = f"{MULTIPART}; boundary={boundary}"
        return Request("POST", action, _multipart(listed, form.charset, boundary), {"Content-Type": kind})
    content = _urlencoded(listed, form.charset).encode("ascii")
    return Request("POST", action, content, {"Content-Type": URLENCODED})


def codec(charset: str) -> str | None:
    """Python's codec for a charset label of the web, or None (Encoding Standard: all kinds of Latin 1 are cp1252)."""
    label = charset.strip().lower()
    if label in LATIN or label == "windows-1252":
        return "cp1252"
    try:
        found = codecs.lookup(label)
    except (LookupError, ValueError):
        return None
    return found.name if found._is_text_encoding else None


def decode(body: bytes, name: str) -> str:
    """The text of a page in the codec `name`; what that lacks is a replacement character."""
    if name != "cp1252":
        return body.decode(name, "replace")
    return body.decode("latin-1").translate(WINDOWS)


WINDOWS: Final = {code: bytes([code]).decode("cp1252") for code in range(0x80, 0xA0) if chr(code) not in GAPS}


def _encoding(wanted: list[str], page: str) -> str:
    """The name of the encoding that a form is sent in."""
    for label in [*wanted, page]:
        found = codec(label)
        if found is not None:
            name = "windows-1252" if found == "cp1252" else found
            return "UTF-8" if name.startswith("utf") else name
    return "UTF-8"


def _one_of(text: str, allowed: tuple[str, ...]) -> str:
    word = text.lower()
    return word if word in allowed else allowed[0]


def join(base: str, address: str) -> str:
    """An address of a page made absolute; nothing if it cannot be one."""
    try:
        return urljoin(base, address.strip(SPACE))
    except ValueError:
        return ""


def _one_radio_each(controls: list[Control]) -> tuple[Control, ...]:
    """Of the radio buttons with one name, only the last one marked is on."""
    last = {item.name: item.node for item in controls if item.kind == "radio" and item.on and item.name}

    def beaten(item: Control) -> bool:
        return item.kind == "radio" and item.on and last.get(item.name, item.node) is not item.node

    return tuple(item.turned_off() if beaten(item) else item for item in controls)


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")


def _bytes(text: str, charset: str) -> bytes:
    """`text` in the form's encoding; what it lacks becomes a character reference, as in browsers."""
    if charset == "UTF-8":
        return text.encode("utf-8", "replace")
    if charset == "windows-1252":  # the web's has no gaps, Python's has five (Encoding Standard, index windows-1252)
        return b"".join(
            bytes([ord(sign)]) if sign in GAPS else sign.encode("cp1252", "xmlcharrefreplace") for sign in text
        )
    return text.encode(codec(charset) or "utf-8", "xmlcharrefreplace")


def _urlencoded(listed: list[Entry], charset: str) -> str:
    def quoted(text: str) -> str:
        return quote_plus(_bytes(text, charset), safe="*").replace("~", "%7E")

    return "&".join(f"{quoted(entry.name)}={quoted(entry.value)}" for entry in listed)


def _multipart(listed: list[Entry], charset: str, boundary: str) -> bytes:
    parts = []
    for entry in listed:
        name = _bytes(entry.name, charset).replace(b'"', b"%22").replace(b"\r", b"%0D").replace(b"\n", b"%0A")
        head = b'Content-Disposition: form-data; name="' + name + b'"'
        if entry.file:
            head += b'; filename=""\r\nContent-Type: application/octet-stream'
        parts.append(b"--" + boundary.encode() + b"\r\n" + head + b"\r\n\r\n" + _bytes(entry.value, charset) + b"\r\n")
    return b"".join(parts) + b"--" + boundary.encode() + b"--\r\n"
