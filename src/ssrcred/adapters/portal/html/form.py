"""What a browser sends for a form: the controls, their values, and the request (WHATWG HTML, 4.10.21 and 4.10.22)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, NamedTuple
from urllib.parse import urldefrag, urlencode, urljoin, urlsplit, urlunsplit

from ssrcred.adapters.portal.html import charset as charsets
from ssrcred.adapters.portal.html.control import Control, control
from ssrcred.adapters.portal.html.tree import SPACE, Node

URLENCODED: Final = "application/x-www-form-urlencoded"
MULTIPART: Final = "multipart/form-data"
PLAIN: Final = "text/plain"
METHODS: Final = ("get", "post", "dialog")
ENCTYPES: Final = (URLENCODED, MULTIPART, PLAIN)


class Entry(NamedTuple):
    """One name and value that is sent; `file` for a file field, which is always sent empty."""

    name: str
    value: str
    file: bool = False


@dataclass(frozen=True, eq=False, repr=False)
class Form:
    """One form of a page: its element, absolute action, method (get, post, dialog), enctype, charset and controls."""

    node: Node  # the root of the page for what belongs to no form
    action: str
    method: str
    enctype: str
    charset: str
    controls: tuple[Control, ...]


class Request(NamedTuple):
    """What submitting a form sends; `content` is None for a GET."""

    method: str
    url: str
    content: bytes | None
    headers: Mapping[str, str]


def loose_controls(root: Node, url: str) -> Form:
    """The controls of a page that belong to no form, as one that sends nothing: only a script can send them."""
    return Form(root, url, "", "", "UTF-8", tuple(_by_owner(root)[root]))


def forms(root: Node, url: str, charset: str) -> tuple[Form, ...]:
    """The forms of the page at `url`, in order, each with the controls that browsers count as its own."""
    base, found = base_of(root, url), []
    for node, controls in _by_owner(root).items():
        if node is root:
            continue
        said = node.attributes.get
        labels = [*said("accept-charset", "").replace(",", " ").split(), charset]
        encoding = next((name for label in labels if (name := charsets.known(label))), "UTF-8")
        last = {item.name: item for item in controls if item.kind == "radio" and item.on and item.name}
        found.append(
            Form(
                node=node,
                action=join(base, said("action", "")) if said("action", "").strip() else url,
                method=_one_of(said("method", ""), METHODS),
                enctype=_one_of(said("enctype", ""), ENCTYPES),
                charset="UTF-8" if encoding.startswith("UTF") else encoding,
                controls=tuple(  # of radio buttons with one name, only the last one marked is on
                    replace(item, on=item.on and (item.kind != "radio" or last.get(item.name, item) is item))
                    for item in controls
                ),
            )
        )
    return tuple(found)


def _by_owner(root: Node) -> dict[Node, list[Control]]:
    """The controls of each form: by their `form=`, else the parser's choice, else what is around; `root` has others."""
    nodes, named = list(root.walk()), root.by_id()
    owned: dict[Node, list[Control]] = {root: []}
    owned |= {node: [] for node in nodes if node.tag == "form" and not node.foreign}
    for node in nodes:
        if node.tag in ("button", "input", "select", "textarea") and not node.foreign:
            around = node.given_form or node.within("form")
            owner = named.get(node.attributes["form"]) if "form" in node.attributes else around
            owned[owner if owner in owned else root].append(control(node))
    return owned


def base_of(root: Node, url: str) -> str:
    """What relative addresses on the page at `url` start from: the first `<base href>`, else the page itself."""
    bases = (node.attributes["href"] for node in root.walk() if node.tag == "base" and "href" in node.attributes)
    return join(url, next(bases, "")) or url


def join(base: str, address: str) -> str:
    """An address of a page made absolute; nothing if it cannot be one."""
    try:
        return urljoin(base, address.strip(SPACE))
    except ValueError:
        return ""


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
    action = join(base or form.action, own["formaction"]) if own.get("formaction", "").strip() else form.action
    method = _one_of(own.get("formmethod", form.method), METHODS)
    enctype = _one_of(own.get("formenctype", form.enctype), ENCTYPES)
    pairs = [(charsets.encode(name, form.charset), charsets.encode(value, form.charset)) for name, value, _ in listed]
    query = urlencode(pairs, safe="*").replace("~", "%7E")
    if method != "post":
        return Request("GET", urlunsplit(urlsplit(urldefrag(action).url)._replace(query="")) + "?" + query, None, {})
    if enctype != MULTIPART:
        return Request("POST", action, query.encode("ascii"), {"Content-Type": URLENCODED})
    boundary, content = "----ssrcred" + secrets.token_hex(16), b""
    for entry, (name, value) in zip(listed, pairs, strict=True):
        name = name.replace(b'"', b"%22").replace(b"\r", b"%0D").replace(b"\n", b"%0A")
        kind = b'; filename=""\r\nContent-Type: application/octet-stream' if entry.file else b""
        head = b'Content-Disposition: form-data; name="' + name + b'"' + kind
        content += b"--" + boundary.encode() + b"\r\n" + head + b"\r\n\r\n" + value + b"\r\n"
    content += b"--" + boundary.encode() + b"--\r\n"
    return Request("POST", action, content, {"Content-Type": f"{MULTIPART}; boundary={boundary}"})


def _one_of(text: str, allowed: tuple[str, ...]) -> str:
    word = text.lower()
    return word if word in allowed else allowed[0]
