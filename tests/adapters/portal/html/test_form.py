"""The form rules, one by one, on a machine without a browser too."""
# ruff: noqa: E501  pages stand in one line each

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ssrcred.adapters.portal.html.form import (
    MULTIPART,
    PLAIN,
    URLENCODED,
    Control,
    Form,
    control,
    encode,
    entries,
    forms,
    known_encoding,
)
from ssrcred.adapters.portal.html.tree import Node, parse_tree

URL = "https://portal.example/dir/page?q=1"


def form(markup: str, charset: str = "utf-8", *, wrap: bool = True) -> Form:
    return forms(parse_tree(f"<form method=post>{markup}" if wrap else markup), URL, charset)[0]


def sent(markup: str, *, wrap: bool = True) -> list[tuple[str, str]]:
    found = form(markup, wrap=wrap)
    return [(entry.name, entry.value) for entry in entries(found, None)]


SENT = [
    ("<input name=a value=1><input value=2><input name=b>", [("a", "1"), ("b", "")]),
    ("<input name=a disabled><fieldset disabled><legend><input name=b></legend><legend><input name=c></legend>", [("b", "")]),
    ("<fieldset disabled><input name=a></fieldset><fieldset><input name=b></fieldset>", [("b", "")]),
    ("<input type=checkbox name=a checked><input type=checkbox name=b><input type=checkbox name=c value=x checked>",
     [("a", "on"), ("c", "x")]),
    ("<input type=radio name=a value=1 checked><input type=radio name=a value=2 checked><input type=radio name=a>",
     [("a", "2")]),
    ("<select name=a><option disabled>x<option> y  z </select>", [("a", "y z")]),
    ("<select name=a><option selected>1<option selected value=2>x</select>", [("a", "2")]),
    ("<select name=a multiple><option selected>1<option>2<option selected>3</select>", [("a", "1"), ("a", "3")]),
    ("<select name=a size=2><option>1</select><select name=b size=x><option>1</select>", [("b", "1")]),
    ("<select name=a multiple><optgroup disabled><option selected>1</optgroup><optgroup><option selected>2</select>",
     [("a", "2")]),
    ("<textarea name=a>\n\none\r\ntwo &lt;</textarea>", [("a", "\none\ntwo <")]),
    ("<input name=a value='x\ny'><input type=hidden name=b value='x\ny'>", [("a", "xy"), ("b", "x\ny")]),
    ("<input type=submit name=a><button name=b>x</button><button type=button name=c></button><input type=reset name=d>", []),
    ("<input type=file name=a value=x>", [("a", "")]),
    ("<input type=email name=a value=' a '><input type=url name=b value=' b '>", [("a", "a"), ("b", "b")]),
    ("<input type=number name=a value=1e3><input type=date name=b value=2024-02-29>", [("a", "1e3"), ("b", "2024-02-29")]),
    ("<select name=a><option>x<b>z</b></select>", [("a", "xz")]),
    ("<output name=a>1</output><object name=b></object>", []),
]  # fmt: skip


def pressed(found: Form) -> Control | None:
    """The first button that submits."""
    return next((control for control in found.controls if control.submits), None)


@pytest.mark.parametrize(("markup", "expected"), SENT)
def test_sends_each_control_by_its_rule(markup: str, expected: list[tuple[str, str]]) -> None:
    assert sent(markup) == expected


OWNED = [
    ("<table><form><tr><td><input name=a></td></tr></form></table><input name=b>", [["a"]]),
    ("<form><table><tr><td></form><input name=a></table><input name=b></form>", [["a", "b"]]),
    ("<form id=f></form><input form=f name=a><input form=g name=b><input form name=c><b id=f>", [["a"]]),
    ("<form><form><input name=a></form><input name=b>", [["a"]]),
    ("<div><form></div><input name=a></form><input name=b>", [["a"]]),
    ("<form><div></form><input name=a></div><input name=b>", [["a"]]),
    ("<form><p></form><div><input name=a></div>", [[]]),
    ("<form><template><input name=a><template></template></template><input name=b>", [["b"]]),
    ("<form><svg><input name=a><desc><input name=b></desc><path/></svg><math></math></p><input name=c>", [["b", "c"]]),
    ("<form><svg></p><input name=a><svg></b><b><input name=b><svg></br><input name=c>", [["a", "b", "c"]]),
    (
        "<form><table><input name=a><input type=hidden name=b><tr><input name=c><td><input name=d></table>",
        [["a", "c", "b", "d"]],
    ),
    (
        "<form><select><input name=a><select><select><option><option><optgroup><optgroup></select><input name=b>",
        [["", "a", "", "b"]],
    ),
    ("<form><table><tr><td><table><tr><table><td><input name=a></table></form><input name=b>", [["a", "b"]]),
    (
        "<form><ul><li><p><li><input name=a></ul><dl><dt><dd><input name=b></dl><h1><h2><input name=c></h3>",
        [["a", "b", "c"]],
    ),
    (
        "<form><button><button><a><a><b><div><input name=a></b><input name=b></form><input name=c>",
        [["", "", "a", "b", "c"]],
    ),
    ("</form></table></td></template></p></b></h1></div></x><td><form><x><div></x></span><input name=a>", [["a"]]),
    ("<form><fieldset><col><caption><table><col><caption><tbody><td></tbody></table><input name=a>", [["a"]]),
    ("<form><ol><li><div><li><address><p><ul><input name=a></li></li></dd>", [["a"]]),
]


@pytest.mark.parametrize(("markup", "expected"), OWNED)
def test_gives_each_control_to_the_form_that_browsers_give_it_to(markup: str, expected: list[list[str]]) -> None:
    assert [
        [item.name for item in found.controls] for found in forms(parse_tree(markup), URL, "utf-8")[:-1]
    ] == expected


TOKENS = [
    ("a &amp; b &copy;&copy &notit; &bogus; & &# &#x; &#65 &#x42; &#0;&#xD800;&#x110000;&#128;&#129;",
     "a & b ©© ¬it; &bogus; & &# &#x; A B \ufffd\ufffd\ufffd€\x81"),
    ("x<!-- a -->y<!-->z<!--->1<!---->2<!-- --!>3<!doctype a>4<?x>5</ x>6<!x>7", "xyz1234567"),
    ("a < b <", "a < b <"),
    ("a<!-- never closed", "a"),
    ("a<b", "a"),
    ("a</b", "a"),
    ("a<b c='d", "a"),
    ("a<? never closed", "a"),
    ("<title>a<b>&lt;</title>b", "a<b><b"),
    ("<style>&lt;</style ><xmp><b></XMP><plaintext></plaintext>", "&lt;<b></plaintext>"),
    ("<script>a</scripts></script>b", "a</scripts>b"),
    ("<script><!--<script></script>--></script>b", "<!--<script></script>-->b"),
    ("<script><!--<script>x--></script>b", "<!--<script>x-->b"),
    ("<script><!--<scripts></script>b", "<!--<scripts>b"),
    ("<script><!--<script></script>", "<!--<script></script>"),
    ("<textarea>a", "a"),
    ("</>a</1>b", "ab"),
]  # fmt: skip


@pytest.mark.parametrize(("markup", "expected"), TOKENS)
def test_cuts_text_as_browsers_do(markup: str, expected: str) -> None:
    assert all_text(parse_tree(markup)) == expected


def all_text(node: Node) -> str:
    return "".join(child if isinstance(child, str) else all_text(child) for child in node.children)


def test_reads_attributes_as_browsers_do() -> None:
    *_, link = parse_tree("<A b c=1 c=2 D='&copy=1&lt;' =e=\"f\" g=h/i/ j = k / l=>").walk()

    assert (link.tag, link.attributes) == (
        "a",
        {"b": "", "c": "1", "d": "&copy=1<", "=e": "f", "g": "h/i/", "j": "k", "l": ""},
    )


def test_cdata_is_text_only_in_drawings() -> None:
    assert all_text(parse_tree("<svg><![CDATA[<b>]]></svg><![CDATA[x]]>y<svg><![CDATA[z")) == "<b>yz"


def test_actions_are_resolved_like_links() -> None:
    assert form("").action == URL
    assert form("<form action=' x?y '>", wrap=False).action == "https://portal.example/dir/x?y"
    assert form("<base href=/b/><form action=x>", wrap=False).action == "https://portal.example/b/x"
    assert form("<base href=/b/><form>", wrap=False).action == URL
    assert form("<base href='http://['><form action=x>", wrap=False).action == "https://portal.example/dir/x"
    assert form("<form action='http://['>", wrap=False).action == ""


def test_methods_and_kinds_fall_back_as_browsers_do() -> None:
    found = form("<form method=PUT enctype=bogus>", wrap=False)

    assert (found.method, found.enctype) == ("get", URLENCODED)
    assert form("<form method=DIALOG>", wrap=False).method == "get"
    assert form("<form enctype=TEXT/PLAIN>", wrap=False).enctype == PLAIN


def test_a_get_replaces_the_query_and_drops_the_part() -> None:
    found = form("<form action='x?old=1#part'><input name=a value='b c~'>", wrap=False)
    request = encode(found, entries(found, None))

    assert request == ("GET", "https://portal.example/dir/x?a=b+c%7E", None, {})


def test_a_button_may_change_everything() -> None:
    found = form(f"<input name=a><button name=b value=c formaction=../y formmethod=post formenctype={MULTIPART}>")
    request = encode(found, entries(found, pressed(found)), pressed(found), base=URL)
    kind = request.headers["Content-Type"]

    assert request.url == "https://portal.example/y"
    assert kind.startswith(f"{MULTIPART}; boundary=")
    assert request.content is not None
    assert request.content.count(kind.partition("=")[2].encode()) == 3
    assert b'name="b"\r\n\r\nc\r\n' in request.content
    empty = form("<button formaction=' '>")
    assert encode(empty, [], pressed(empty)).url == URL


def test_files_are_sent_empty_and_lines_end_as_in_browsers() -> None:
    found = form(f"<form method=post enctype={MULTIPART}><input type=file name='a\"'><textarea name=b>1\n2", wrap=False)
    content = encode(found, entries(found, None)).content or b""

    assert b'name="a%22"; filename=""\r\nContent-Type: application/octet-stream\r\n\r\n\r\n' in content
    assert b"\r\n\r\n1\r\n2\r\n" in content


def test_an_image_sends_where_it_was_pressed() -> None:
    found = form("<input type=image name=go><input type=image>")
    first, second = found.controls

    assert entries(found, first) == [("go.x", "0", False), ("go.y", "0", False)]
    assert entries(found, second) == [("x", "0", False), ("y", "0", False)]


@pytest.mark.parametrize(
    ("page", "accept", "expected"),
    [("utf-8", "", "UTF-8"), ("utf-16le", "", "UTF-8"), ("ascii", "", "windows-1252"), ("utf-8", "x, Latin1", "windows-1252"),
     ("bogus", "", "UTF-8"), ("shift_jis", "hex", "Shift_JIS"), ("a\0b", "", "UTF-8")],
)  # fmt: skip
def test_chooses_the_encoding_as_browsers_do(page: str, accept: str, expected: str) -> None:
    assert form(f"<form accept-charset='{accept}'>", page, wrap=False).charset == expected


def test_what_an_encoding_lacks_becomes_a_reference() -> None:
    found = form("<input name=a value='é中'>", "latin1")

    assert encode(found, entries(found, None)).content == b"a=%E9%26%2320013%3B"
    found = form("<input name=a value='é中'>", "shift_jis")
    assert encode(found, entries(found, None)).content == b"a=%26%23233%3B%92%86"
    assert known_encoding("latin1") == "windows-1252"
    assert known_encoding("rot13") == ""


def test_filled_fields_replace_only_what_they_are() -> None:
    found = form("<input name=a value=1><input name=a value=2>")
    node = found.controls[1].node

    assert [entry.value for entry in entries(found, None, {node: "`'\"<&%+#"})] == ["1", "`'\"<&%+#"]


@pytest.mark.parametrize(
    ("said", "limit"), [("20", 20), ("+20x", 20), ("", None), ("x", None), ("-1", None), ("9" * 12, None)]
)
def test_reads_how_much_fits(said: str, limit: int | None) -> None:
    assert form(f"<input maxlength='{said}'>").controls[0].maxlength == limit


def test_parts_of_a_page_are_shown_without_what_they_hold() -> None:
    found = form("<input name=a value='made up'>")

    assert "made up" not in repr((found, found.node, *found.node.elements(), *found.controls))


def test_a_page_may_be_deep() -> None:
    root = parse_tree("<div>" * 5000 + "<form><input name=a>")

    assert max(sum(1 for _ in node.ancestors()) for node in root.walk()) <= 513
    assert len(forms(root, URL, "utf-8")[0].controls) == 1


def test_an_entity_that_a_page_declares_is_not_expanded() -> None:
    declared = "".join(f'<!ENTITY a{at} "{f"&a{at - 1};" * 10}">' for at in range(1, 10))
    page = f"<!DOCTYPE html [<!ENTITY a0 'made-up'>{declared}]><form><input name=a value='&a9;'>"
    found, _ = forms(parse_tree(page), URL, "utf-8")
    assert found.controls[0].value == "&a9;"


HTML = st.lists(
    st.one_of(
        st.text(max_size=6),
        st.sampled_from(
            ["<form>", "</form>", "<table>", "</table>", "<tr>", "<td>", "<input>", "<select>", "<option>", "</select>", "<textarea>", "</textarea>", "<svg>", "</svg>", "<script>", "</script>", "<!--", "-->", "<![CDATA[", "]]>", "<template>", "</template>", "<p>", "<li>", "<button>", "<b>", "</b>", "<a>", "<math>", "<mi>", "<dl>", "<caption>", "<col>", "<fieldset>", "<legend>", "<label>", "<base>", "<meta>", "</", "<", ">", "&", "&#", "&#x", "&copy", "=", "'", '"', "/", "<h1>", "</h1>", "<title>"]
        ),
    ),
    max_size=40,
).map("".join)  # fmt: skip


@example("<svg><tr>words in a drawing have no table to stand before")
@given(HTML)
def test_no_page_makes_the_form_rules_fail(markup: str) -> None:
    root = parse_tree(markup)
    for found in forms(root, URL, "utf-8"):
        for button in (None, pressed(found)):
            encode(found, entries(found, button), button)
    for node in root.walk():
        control(node)


@given(st.text(), st.text())
def test_every_text_in_a_field_comes_out_as_it_was(name: str, value: str) -> None:
    from html import escape

    kept = [text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd") for text in (name, value)]
    found = form(f'<input type=hidden name="{escape(name)}" value="{escape(value)}">')

    assert [(entry.name, entry.value) for entry in entries(found, None)] == ([(kept[0], kept[1])] if kept[0] else [])
