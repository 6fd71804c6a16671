"""Visible words: what is the same, what a page's parts are called, and which place a pair belongs to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssrcred.adapters.portal.find.candidate import candidates_on
from ssrcred.adapters.portal.html.label import labels_of, names_of, words_around, words_in
from ssrcred.adapters.portal.html.page import Page, read_page
from ssrcred.adapters.portal.html.text_comparison import beside, normal, same, says
from ssrcred.adapters.portal.html.tree import parse_tree
from ssrcred.adapters.portal.map import load_map
from ssrcred.adapters.portal.visit.page_links import shown_on
from ssrcred.adapters.web.answer import Answer

URL = "https://portal.example/dir/page?x=1"
WORDS = load_map("schoolwise")


def page(markup: str | bytes, content_type: str = "text/html; charset=utf-8") -> Page:
    body = markup.encode() if isinstance(markup, str) else markup
    return read_page(Answer(200, URL, {"Content-Type": content_type}, body))


@pytest.mark.parametrize(
    "text",
    [
        "User Name",
        " user\n name: ",
        "USER NAME *",
        "User\u00a0Name",
        "\u2022 User Name \u203a",
        "User Name?",
        "*User Name:",
    ],
)
def test_case_spaces_and_signs_at_the_ends_do_not_count(text: str) -> None:
    assert same(text, ["Password", "User Name"])
    assert not same(text, ["Username", "User", ""])
    assert not same("", [""])


def test_slashes_and_quotes_are_read_as_people_do() -> None:
    assert same("View CAASPP / ELPAC", ["View CAASPP/ELPAC"])
    assert same("District\u2019s own \u2013 pair", ["district's own - pair"])
    assert normal("  ") == ""


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("CALPADS API Username", ""),
        ("CALPADS API Username for North High", "North High"),
        ("North High: CALPADS API Username *", "North High"),
        ("North High \u2013 calpads api username", "North High"),
        ("CALPADS API Username (North High)", "North High"),
        ("My CALPADS API Usernames", None),
        ("XCALPADS API Username", None),
        ("Username", None),
        ("\u0130stanbul CALPADS API Username", "\u0130stanbul"),
    ],
)
def test_finds_the_place_beside_the_words(text: str, rest: str | None) -> None:
    assert beside(text, "CALPADS API Username") == rest


@pytest.mark.parametrize(
    ("text", "phrases", "said"),
    [
        ("Your changes were saved.", ["saved"], True),
        ("Unsaved changes", ["saved"], False),
        ("The credentials you gave are INVALID!", ["credentials \u2026 invalid"], True),
        ("Invalid credentials", ["credentials \u2026 invalid"], False),
        ("credentials " + "x " * 13 + "invalid", ["credentials \u2026 invalid"], False),
        ("anything", ["", "\u2026"], False),
        ("", ["saved"], False),
    ],
)
def test_hears_phrases_in_whole_words(text: str, phrases: list[str], said: bool) -> None:
    assert says(text, phrases) is said


NAMES = [
    ("<label for=f>One</label><input id=f>", ("One",)),
    ("<label for=f>One <a href=/help>Two</a></label><input id=f>", ("One", "One Two")),
    ("<label>One <a href=/help>?</a><input id=f></label>", ("One", "One ?")),
    ("<label for=f><a href=/help>One</a></label><input id=f>", ("One",)),
    ("<label>One <select id=f><option>two</select></label>", ("One",)),
    ("<label for=x>One<input id=f></label>", ("One",)),
    ("<label for=f>One</label><b id=f></b><input id=f>", ()),
    ("<b id=a>One</b><b id=b>two</b><input id=f aria-labelledby='a b c' aria-label=Three title=Four placeholder=Five>",
     ("One two", "Three", "Five", "Four")),
    ("One: <b>two</b> <input id=f>", ("One: two",)),
    ("Before <input> One <input id=f>", ("One",)),
    ("Before<br>One <input id=f>", ("One",)),
    ("<label>Other</label> <input id=f>", ("Other",)),
    ("<table><tr><td>One<td><input id=f></table>", ("One",)),
    ("<table><tr><td><input><td><input id=f></table>", ()),
    ("<table><tr><th>A<th colspan=2>B<th>C<tr><td>r<td><td><input id=f></table>", ("B",)),
    ("<table><tr><th>A<th>B<tr><td rowspan=2>r<td>x<tr><td><input id=f></table>", ("B",)),
    ("<table><tr><th>A<th>B<tr><td rowspan=x colspan=0>r<td><input id=f></table>", ("r", "B")),
    ("<table><caption>x</caption><thead><tr><th>A</thead><tbody><tr><td><input id=f></table>", ("A",)),
    ("<dl><dt>One<dd><input id=f></dl>", ("One",)),
    ("<dl><dd>One<dd><input id=f></dl>", ()),
    ("<label for=f><b hidden>no</b><b style='Display: None'>no</b><script>no</script>yes</label><input id=f>",
     ("yes",)),
]  # fmt: skip


@pytest.mark.parametrize(("markup", "names"), NAMES)
def test_a_field_is_called_what_people_read(markup: str, names: tuple[str, ...]) -> None:
    root = parse_tree(f"<form>{markup}")
    field = [node for node in root.walk() if node.attributes.get("id") == "f" and node.tag in ("input", "select")][-1]

    assert names_of(field, labels_of(root)) == names


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        ("<a>One <b>two</b></a>", "One two"),
        ("<a aria-label=Three>One</a>", "Three"),
        ("<input value=Save>", "Save"),
        ("<input type=image alt=Save>", "Save"),
        ("<a><img alt=Menu></a>", "Menu"),
        ("<a title=Menu></a>", "Menu"),
        ("<dialog>no</dialog>", ""),
    ],
)
def test_parts_show_words(markup: str, words: str) -> None:
    root = parse_tree(markup)
    node = next(node for node in root.walk() if node.tag in ("a", "input", "dialog"))

    assert words_in(root if node.tag == "dialog" else node) == words


def test_sees_what_is_there_to_be_seen() -> None:
    found = page(
        """<title>no</title><a href=x>Here</a><a>No address</a><a href=#part>Part</a><a href=y hidden>no</a>
        <a href=# data-bs-target=#pane>Tab</a><a href=other#z>Other</a><map><area href=z title=Area></map>
        <div id=pane style="display:none"><form><input name=a aria-label=Inside></form></div>
        <form><button disabled>Not now</button><button>Yes</button><input type=hidden>
        <fieldset><input aria-label=Seen></fieldset>
        <input type=submit></form>"""
    )

    assert [(link.words, link.shows) for link in found.links][:4] == [
        ("Here", ""),
        ("Part", "part"),
        ("Tab", "pane"),
        ("Other", ""),
    ]
    assert found.links[0].url == "https://portal.example/dir/x"
    assert [button.words for button in found.buttons] == ["Yes", "Submit"]
    assert [field.names for field in found.fields] == [("Seen",)]
    assert [field.names for field in found.showing("pane").fields] == [("Inside",), ("Seen",)]
    assert "no" not in found.blocks()
    assert shown_on(found).startswith("Here")


CHARSETS = [
    ("é".encode(), "text/html; charset=utf-8", "é"),
    (b"\xef\xbb\xbf\xc3\xa9", "text/html; charset=latin1", "é"),
    ("\ufeffé".encode("utf-16-le"), "text/html", "é"),
    ("\ufeffé".encode("utf-16-be"), "text/html", "é"),
    (b"<meta charset=utf-8>\xc3\xa9", "text/html", "é"),
    (b"<meta http-equiv=content-type content='text/html; charset=UTF-8'>\xc3\xa9", "text/html; charset=bogus", "é"),
    (b"<meta charset=utf-16>\xc3\xa9", "text/html", "é"),
    (b"<meta name=x><meta charset=bogus>\xe9\x80", "text/html", "é€"),
]


@pytest.mark.parametrize(("body", "content_type", "text"), CHARSETS)
def test_reads_pages_in_their_own_encoding(body: bytes, content_type: str, text: str) -> None:
    assert page(body, content_type).blocks() == [text]


USER, KEY = "<label>CALPADS API Username <input name=u></label>", "<label>CALPADS API Password <input name=k></label>"
SHOWN = [
    ("", "", "", "blank"),
    ("OLD", "", "", "hidden"),
    ("OLD", "********", "", "hidden"),
    ("OLD", "\u2022" * 8, "", "hidden"),
    ("OLD", "**", "", "clear"),
    ("OLD", "made up", "", "clear"),
    ("OLD", "", "<i>No password is stored.</i>", "blank"),
    ("", "", "<i>A password is stored.</i>", "hidden"),
]


@pytest.mark.parametrize(("username", "key", "hint", "seen"), SHOWN)
def test_tells_what_can_be_seen_of_the_key(username: str, key: str, hint: str, seen: str) -> None:
    markup = f"""<form><label>CALPADS API Username <input value="{username}"></label>
        <p><label for=k>CALPADS API Password</label><input id=k type=password value="{key}">{hint}</p>"""
    (found,) = candidates_on(page(markup), WORDS, ())
    reading = found.reading("district")

    assert reading.key_seen.value == seen
    assert (reading.key is not None) == (seen == "clear")


@given(st.text(max_size=200))
def test_no_page_makes_the_reading_fail_in_another_way(text: str) -> None:
    for markup in (text, f"<form>{text}{USER}{KEY}", f"<table><form>{USER}<{text}>{KEY}"):
        found = page(markup.encode("utf-8", "replace"))
        shown_on(found)
        found.blocks()
        candidates_on(found, WORDS, (), every_field=True)


def test_two_fields_of_which_one_stands_in_the_other_are_named_all_the_same() -> None:
    root = parse_tree("<h2>CAASPP</h2><div id=a><input id=b></div>")
    outer, inner = next(root.walk("div")), next(root.walk("input"))
    for one, other in ((outer, inner), (inner, outer)):
        assert "CAASPP" in list(words_around(labels_of(root), one, other))
