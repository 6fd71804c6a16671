"""HTML cut into start tags, end tags and text, the way browsers cut it (WHATWG HTML, 13.2.5 *Tokenization*).

The standard library's scanner was tried first. What it makes of `value="a&copy=1"`, of a textarea, of `<![` and of an
unclosed comment differs from browsers and from one CPython patch release to the next, and the value of a hidden field
has to go back to the portal exactly as a browser would send it, whichever Python runs this.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html.entities import html5
from typing import Final, NamedTuple

SPACE: Final = " \t\n\f"
TEXT_WITH_REFERENCES: Final = frozenset({"textarea", "title"})
TEXT_AS_IT_IS: Final = frozenset({"style", "xmp", "iframe", "noembed", "noframes", "script"})
LONGEST_REFERENCE: Final = max(len(name) for name in html5)


class Start(NamedTuple):
    """A start tag: lower-case name, attributes (the first of each name counts), and whether it ends in `/>`."""

    tag: str
    attributes: dict[str, str]
    closed: bool


class End(NamedTuple):
    """An end tag."""

    tag: str


class Text(NamedTuple):
    """A run of text, character references resolved."""

    text: str


Token = Start | End | Text


def tokens(markup: str, in_foreign: Callable[[], bool] = bool) -> Iterator[Token]:
    """The tokens of a page, in order. No text makes this fail; comments and the doctype leave no token.

    `in_foreign` tells whether the tree now stands in an element of SVG or MathML, whose content is never text only.
    """
    text = markup.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    at, size = 0, len(text)
    while at < size:
        opened = text.find("<", at)
        if opened < 0:
            yield Text(resolve(text[at:]))
            return
        if opened > at:
            yield Text(resolve(text[at:opened]))
        following = text[opened + 1 : opened + 2]
        if _is_letter(following):
            token, at = _start(text, opened + 1)
            if token is None:
                return
            yield token
            if not in_foreign():
                raw, at = _raw(text, at, token.tag)
                if raw:
                    yield Text(raw)
        elif following == "/" and _is_letter(text[opened + 2 : opened + 3]):
            token, at = _start(text, opened + 2)
            if token is None:
                return
            yield End(token.tag)
        elif in_foreign() and text.startswith("<![CDATA[", opened):
            end = text.find("]]>", opened + 9)
            yield Text(text[opened + 9 : end if end >= 0 else size])
            at = end + 3 if end >= 0 else size
        elif following in ("!", "?") or (following == "/" and opened + 2 < size):
            at = _after_comment(text, opened)
        else:
            yield Text("<")
            at = opened + 1


def resolve(text: str, *, in_attribute: bool = False) -> str:
    """`text` with its character references resolved (WHATWG HTML, 13.2.5.72 to 13.2.5.80)."""
    at = text.find("&")
    if at < 0:
        return text
    parts, done = [], 0
    while at >= 0:
        found, end = _number(text, at + 2) if text[at + 1 : at + 2] == "#" else _name(text, at + 1, in_attribute)
        if found:
            parts += [text[done:at], found]
            done = end
        at = text.find("&", max(end, at + 1))
    return "".join([*parts, text[done:]])


def _name(text: str, at: int, in_attribute: bool) -> tuple[str, int]:
    if not text[at : at + 1].isalpha():
        return "", at
    candidate = text[at : at + LONGEST_REFERENCE]
    for length in range(len(candidate), 1, -1):
        name = candidate[:length]
        if name not in html5:
            continue
        following = text[at + length : at + length + 1]
        if in_attribute and name[-1] != ";" and (following == "=" or (following.isascii() and following.isalnum())):
            return "", at  # "?a=1&copy=2" is an address, not a sign
        return html5[name], at + length
    return "", at


_WINDOWS: Final = dict(zip(range(0x80, 0xA0), bytes(range(0x80, 0xA0)).decode("cp1252", "replace"), strict=True))


def _number(text: str, at: int) -> tuple[str, int]:
    hexadecimal = text[at : at + 1] in ("x", "X")
    first = end = at + hexadecimal
    digits = "0123456789abcdefABCDEF" if hexadecimal else "0123456789"
    while text[end : end + 1] and text[end] in digits:
        end += 1
    if end == first:
        return "", at
    code = int(text[first : min(end, first + 32)], 16 if hexadecimal else 10)
    after = end + text.startswith(";", end)
    if code == 0 or code > 0x10FFFF or 0xD800 <= code < 0xE000:
        return "\ufffd", after
    if _WINDOWS.get(code, "\ufffd") != "\ufffd":
        return _WINDOWS[code], after
    return chr(code), after


def _is_letter(character: str) -> bool:
    return character.isascii() and character.isalpha()


def _start(text: str, at: int) -> tuple[Start | None, int]:
    """The tag whose name begins at `at`, and where it ends; no tag if the page ends first, as in browsers."""
    size, end = len(text), _stop(text, at, SPACE + "/>")
    tag = text[at:end].lower()
    attributes: dict[str, str] = {}
    at = end
    while at < size:
        if text[at] == ">":
            return Start(tag, attributes, text[at - 1] == "/"), at + 1
        if text[at] in SPACE + "/":
            at += 1
            continue
        end = _stop(text, at + 1, SPACE + "/>=")
        name, at = text[at:end].lower(), _skip(text, end)
        value = ""
        if text.startswith("=", at):
            at = _skip(text, at + 1)
            if text[at : at + 1] in ("'", '"'):
                end = text.find(text[at], at + 1)
                if end < 0:
                    return None, size
                value, at = text[at + 1 : end], end + 1
            elif not text.startswith(">", at):
                end = _stop(text, at, SPACE + ">")
                value, at = text[at:end], end
                if text.startswith(">", at):
                    attributes.setdefault(name, resolve(value, in_attribute=True))
                    return Start(tag, attributes, False), at + 1  # the slash of <a href=x/> belongs to the value
        attributes.setdefault(name, resolve(value, in_attribute=True))
    return None, size


def _stop(text: str, at: int, stops: str) -> int:
    size = len(text)
    while at < size and text[at] not in stops:
        at += 1
    return at


def _skip(text: str, at: int) -> int:
    size = len(text)
    while at < size and text[at] in SPACE:
        at += 1
    return at


def _after_comment(text: str, at: int) -> int:
    """Where the comment, doctype or what browsers treat as one ends."""
    if not text.startswith("<!--", at):
        end = text.find(">", at + 2)
        return end + 1 if end >= 0 else len(text)
    if text.startswith(">", at + 4):
        return at + 5
    if text.startswith("->", at + 4):
        return at + 6
    ends = [(end, end + len(mark)) for mark in ("-->", "--!>") if (end := text.find(mark, at + 4)) >= 0]
    return min(ends)[1] if ends else len(text)


def _raw(text: str, at: int, tag: str) -> tuple[str, int]:
    """What stands inside an element whose content is text only, and where its end tag begins."""
    if tag == "plaintext":
        return text[at:], len(text)
    if tag not in TEXT_AS_IT_IS | TEXT_WITH_REFERENCES:
        return "", at
    end = _script_end(text, at) if tag == "script" else _end_tag(text, at, tag)
    content = text[at:end]
    return (resolve(content) if tag in TEXT_WITH_REFERENCES else content), end


def _end_tag(text: str, at: int, tag: str) -> int:
    found = text.find("</", at)
    while found >= 0:
        after = found + 2 + len(tag)
        if text[found + 2 : after].lower() == tag and text[after : after + 1] in tuple(SPACE + "/>"):
            return found
        found = text.find("</", found + 2)
    return len(text)


def _script_end(text: str, at: int) -> int:
    """The end of a script: `<!-- <script>` in it hides one end tag (WHATWG HTML, *script data double escaped*)."""
    state = "script"
    while (end := _end_tag(text, at, "script")) < len(text):
        state = _script_state(text[at:end].lower() + ">", state)
        if state != "hidden":
            return end
        state, at = "comment", end + len("</script")
    return len(text)


def _script_state(segment: str, state: str) -> str:
    """In which state a piece of script without end tags leaves the scanner that met it in `state`."""
    at = 0
    while True:
        if state == "script":
            found = segment.find("<!--", at)
            if found < 0:
                return state
            state, at = "comment", found + 2
        closing = segment.find("-->", at)
        inner = segment.find("<script", at) if state == "comment" else -1
        if inner >= 0 and (closing < 0 or inner < closing):
            at = inner + len("<script")
            state = "hidden" if segment[at] in SPACE + "/>" else state
        elif closing >= 0:
            state, at = "script", closing + 3
        else:
            return state
