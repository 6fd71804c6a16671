"""What a browser sends for a form: the controls, their values, and the request (WHATWG HTML, 4.10.5 to 4.10.22)."""

from __future__ import annotations

import codecs
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, NamedTuple
from urllib.parse import urldefrag, urlencode, urljoin, urlsplit, urlunsplit

import turbohtml

from ssrcred.adapters.portal.html.tree import SPACE, Node

URLENCODED: Final = "application/x-www-form-urlencoded"
MULTIPART: Final = "multipart/form-data"
PLAIN: Final = "text/plain"
METHODS: Final = ("get", "post")
ENCTYPES: Final = (URLENCODED, MULTIPART, PLAIN)
WRITABLE: Final = frozenset({"text", "search", "tel", "url", "email", "password", "textarea"})
# What sends a form by script (page.py): pressed like a button, and no part of what is sent.
POST_BACK: Final = "post back"
BUTTONS: Final = frozenset({"submit", "image", "reset", "button", POST_BACK})
TYPES: Final = (BUTTONS - {POST_BACK}) | (WRITABLE - {"textarea"}) | {
    *("hidden", "checkbox", "radio", "file", "number", "range", "color"),
    *("date", "month", "week", "time", "datetime-local"),
}  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class Control:
    """A control: `kind` (an input's type, or select, textarea), `name`, `value`, and what decides if it is sent."""

    node: Node
    kind: str
    name: str
    value: str
    on: bool = False
    disabled: bool = False
    choices: tuple[str, ...] = ()  # the values that a select sends

    @property
    def button(self) -> bool:
        """Whether it is a button of any kind: sent only when pressed."""
        return self.kind in BUTTONS

    @property
    def submits(self) -> bool:
        """Whether pressing it sends the form."""
        return self.kind in ("submit", "image", POST_BACK) and not self.disabled

    @property
    def writable(self) -> bool:
        """Whether a person could type into it."""
        return self.kind in WRITABLE and not self.disabled and "readonly" not in self.node.attributes

    @property
    def maxlength(self) -> int | None:
        """How many UTF-16 units a person could type, or None for no limit."""
        return self.node.number("maxlength")


@dataclass(frozen=True, eq=False, repr=False)
class Form:
    """One form of a page: its element, absolute action, method (get, post), enctype, charset and controls."""

    node: Node  # the root of the page for what belongs to no form
    action: str
    method: str
    enctype: str
    charset: str
    controls: tuple[Control, ...]


class FormEntry(NamedTuple):
    """One name and value that is sent; `file` for a file field, which is always sent empty."""

    name: str
    value: str
    file: bool = False


class Request(NamedTuple):
    """What submitting a form sends; `content` is None for a GET."""

    method: str
    url: str
    content: bytes | None
    headers: Mapping[str, str]


WESTERN: Final = "windows-1252"


def known_encoding(label: str) -> str:
    """The standard's name for the label of an encoding, or nothing; all kinds of Latin 1 are windows-1252."""
    try:
        name = turbohtml.parse(b"", encoding=label).encoding or ""
        return name if codecs.lookup(name) else ""
    except (LookupError, UnicodeError):
        return ""


def decode(body: bytes, label: str) -> tuple[str, str]:
    """The text of a page and its encoding: by a byte order mark, the answer's label, the page's own, else Western."""
    page = turbohtml.parse(body, encoding=known_encoding(label) or None)
    # Where the page says nothing, turbohtml guesses from its bytes; browsers in the West do not.
    name = (known_encoding(page.encoding or "") if page.encoding_confidence == "certain" else "") or WESTERN
    return body.decode(name, "replace").removeprefix("\ufeff"), name


def control(node: Node) -> Control:
    """The control that an input, select, textarea or button is."""
    attributes, kind, choices = node.attributes, node.tag, tuple[str, ...]()
    stated, value = attributes.get("type", "").lower(), attributes.get("value", "")
    if kind == "select":
        choices, value = _choices(node), ""
    elif kind == "textarea":
        value = own_text(node)
    elif kind == "button":
        kind = stated if stated in ("reset", "button") else "submit"
    else:
        kind = stated if stated in TYPES else "text"
        # What Chromium sends for an input without a value; the last is also what it shows.
        unstated = {"checkbox": "on", "radio": "on", "submit": "Submit"}.get(kind, "")
        value = "" if kind == "file" else attributes.get("value", unstated)
        if kind in WRITABLE:  # numbers and dates that are none are left as they stand
            value = value.replace("\n", "").replace("\r", "")
        if kind in ("url", "email"):
            value = value.strip(SPACE)
    # A disabled fieldset disables what is inside it, but for its first legend.
    inside = ((part, part.parent) for part in node.outward() if part.parent is not None)
    disabled = "disabled" in attributes or any(
        around.tag == "fieldset"
        and "disabled" in around.attributes
        and part is not next((child for child in around.elements() if child.tag == "legend"), None)
        for part, around in inside
    )
    on = "checked" in attributes and kind in ("checkbox", "radio")
    return Control(node, kind, attributes.get("name", ""), value, on, disabled, choices)


def own_text(node: Node) -> str:
    return "".join(child if isinstance(child, str) else own_text(child) for child in node.children)


def _choices(select: Node) -> tuple[str, ...]:
    """The values that a list sends as the page has it."""
    options, off = list(select.walk("option")), set[Node]()
    for node in options:
        group = node.parent.attributes if node.parent is not None and node.parent.tag == "optgroup" else {}
        if "disabled" in node.attributes or "disabled" in group:
            off.add(node)
    chosen = [node for node in options if "selected" in node.attributes]
    if "multiple" not in select.attributes:
        chosen = chosen[-1:]
        if not chosen and (select.number("size") or 1) == 1:  # a list of one line always has something on
            chosen = [node for node in options if node not in off][:1]
    texts = {node: re.sub(f"[{SPACE}]+", " ", own_text(node)).strip(" ") for node in chosen}
    return tuple(node.attributes.get("value", text) for node, text in texts.items() if node not in off)


def forms(root: Node, url: str, charset: str) -> tuple[Form, ...]:
    """The forms of the page at `url`, in order, each with the controls that browsers count as its own.

    The last one, without a method, has the controls of no form: only a script can send them.
    """
    base, found, (loose, *owners) = base_of(root, url), list[Form](), _by_owner(root).items()
    for node, controls in owners:
        stated = node.attributes.get
        labels = [*stated("accept-charset", "").replace(",", " ").split(), charset]
        encoding = next(filter(None, map(known_encoding, labels)), "UTF-8")
        # A second radio button of one name that is marked switches the first one off.
        last = {item.name: item for item in controls if item.kind == "radio" and item.on and item.name}
        found.append(
            Form(
                node=node,
                action=join(base, stated("action", "")) if stated("action", "").strip() else url,
                method=_one_of(stated("method", ""), METHODS),
                enctype=_one_of(stated("enctype", ""), ENCTYPES),
                charset="UTF-8" if encoding.startswith("UTF") else encoding,  # no form is sent as UTF-16
                controls=tuple(
                    replace(item, on=item.on and (item.kind != "radio" or last.get(item.name, item) is item))
                    for item in controls
                ),
            )
        )
    return (*found, Form(root, url, "", "", "UTF-8", tuple(loose[1])))


def _by_owner(root: Node) -> dict[Node, list[Control]]:
    """The controls of each form: by their `form=`, else the parser's choice, else what is around; `root` has others."""
    nodes, named = [node for node in root.walk() if not node.foreign], root.by_id()
    owned: dict[Node, list[Control]] = {root: [], **{node: [] for node in nodes if node.tag == "form"}}
    for node in nodes:
        if node.tag in ("button", "input", "select", "textarea"):
            # The parser's choice first: a form that began inside a table has no control in its element.
            around = node.given_form or node.within("form")
            owner = named.get(node.attributes["form"]) if "form" in node.attributes else around
            owned[owner if owner in owned else root].append(control(node))
    return owned


def base_of(root: Node, url: str) -> str:
    """What relative addresses on the page at `url` start from: the first `<base href>`, else the page itself."""
    bases = (node.attributes["href"] for node in root.walk("base") if "href" in node.attributes)
    return join(url, next(bases, "")) or url


def join(base: str, address: str) -> str:
    """An address of a page made absolute; nothing if it cannot be one."""
    try:
        return urljoin(base, address.strip(SPACE))
    except ValueError:
        return ""


def entries(
    form: Form,
    submitter: Control | None,  # the button that is pressed, if any
    filled: Mapping[Node, str] | None = None,
    ticked: frozenset[Node] = frozenset(),  # boxes that were switched on
) -> list[FormEntry]:
    """What is sent, in order: every control as the page has it, but those in `filled` with the given text."""
    # WHATWG HTML, *Constructing the entry list*
    values, found = filled or {}, []
    for item in form.controls:
        pressed = submitter is not None and item.node is submitter.node
        if item.disabled or (item.button and not pressed):
            continue
        if item.kind == "image":
            prefix = f"{item.name}." if item.name else ""
            found += [FormEntry(f"{prefix}x", "0"), FormEntry(f"{prefix}y", "0")]
        elif not item.name or (item.kind in ("checkbox", "radio") and not (item.on or item.node in ticked)):
            continue
        elif item.kind == "select":
            choices = (values[item.node],) if item.node in values else item.choices
            found += [FormEntry(item.name, choice) for choice in choices]
        else:
            found.append(FormEntry(item.name, values.get(item.node, item.value), file=item.kind == "file"))
    return found


def encode(form: Form, listed: list[FormEntry], submitter: Control | None = None, *, base: str = "") -> Request:
    """The request for the entries; a button's own formaction, formmethod and formenctype win over the form's."""
    own = submitter.node.attributes if submitter is not None else {}
    action = join(base or form.action, own["formaction"]) if own.get("formaction", "").strip() else form.action
    method = _one_of(own.get("formmethod", form.method), METHODS)
    enctype = _one_of(own.get("formenctype", form.enctype), ENCTYPES)

    def encoded(text: str) -> bytes:  # what the encoding lacks becomes a character reference
        return re.sub(r"\r\n?|\n", "\r\n", text).encode(form.charset, "xmlcharrefreplace")

    pairs = [(encoded(name), encoded(value)) for name, value, _ in listed]
    # Browsers send * as it is and escape ~; Python does it the other way round.
    query = urlencode(pairs, safe="*").replace("~", "%7E")
    if method != "post":  # the entries take the place of the address's own query
        return Request("GET", urlunsplit(urlsplit(urldefrag(action).url)._replace(query="")) + "?" + query, None, {})
    if enctype != MULTIPART:
        return Request("POST", action, query.encode("ascii"), {"Content-Type": URLENCODED})
    boundary, content = "----ssrcred" + secrets.token_hex(16), b""
    for entry, (name, value) in zip(listed, pairs, strict=True):
        # Names, and only these three signs of theirs, are escaped (WHATWG HTML, *multipart/form-data*).
        name = name.replace(b'"', b"%22").replace(b"\r", b"%0D").replace(b"\n", b"%0A")
        kind = b'; filename=""\r\nContent-Type: application/octet-stream' if entry.file else b""
        head = b'Content-Disposition: form-data; name="' + name + b'"' + kind
        content += b"--" + boundary.encode() + b"\r\n" + head + b"\r\n\r\n" + value + b"\r\n"
    content += b"--" + boundary.encode() + b"--\r\n"
    return Request("POST", action, content, {"Content-Type": f"{MULTIPART}; boundary={boundary}"})


def _one_of(text: str, allowed: tuple[str, ...]) -> str:
    word = text.lower()
    return word if word in allowed else allowed[0]
