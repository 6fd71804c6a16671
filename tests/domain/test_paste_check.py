"""What a pasted pair may look like, and what is said when it cannot be what TOMS showed. Every key here is made up."""

from __future__ import annotations

import string
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssrcred.domain.credential import Credential, SecretKey
from ssrcred.domain.errors import InputRefused
from ssrcred.domain.paste_check import (
    LONGEST,
    check_credential,
    check_secret,
    check_username,
    clean,
    look_alikes,
    may_be_key,
    unusual_length,
    warnings,
)

USERNAME = "made_up_usd"
KEY = "*MadeUp>()(NotAKey1*"
GENERATED_AT = datetime(2025, 11, 21, 17, 0, tzinfo=UTC)
STORED = Credential("made_up_usd", SecretKey("*Stored>()(MadeUp01*"), GENERATED_AT)
OLD = Credential("made_up_usd", SecretKey("*Older>()(MadeUp002*"), GENERATED_AT)
PRINTABLE = st.text(st.sampled_from(string.ascii_letters + string.digits + string.punctuation), min_size=1, max_size=60)


def refusal(username: str, secret: str, *spent: Credential) -> InputRefused:
    """The refusal of a pair."""
    with pytest.raises(InputRefused) as caught:
        check_credential(username, secret, spent)
    return caught.value


@pytest.mark.parametrize("line_end", ["", "\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_strips_one_line_end_and_a_byte_order_mark(mark: str, line_end: str) -> None:
    assert clean(mark + "made up" + line_end) == "made up"


def test_strips_no_more_than_that() -> None:
    assert clean("\ufeff\ufeff made up \n\r\n") == "\ufeff made up \n"


@given(PRINTABLE)
def test_cleaning_leaves_printable_text_alone(text: str) -> None:
    assert clean(text) == text
    assert clean(f"{text}\r\n") == text


def test_accepts_a_pair_as_the_guide_shows_it() -> None:
    check_credential(USERNAME, KEY, (STORED, OLD))


@given(PRINTABLE.filter(lambda text: text != USERNAME and len(set(text)) > 1))
def test_accepts_every_printable_key(key: str) -> None:
    check_credential(USERNAME, key)


@pytest.mark.parametrize("half", ["User Name", "secret key"])
def test_refuses_an_empty_half(half: str) -> None:
    error = refusal("", KEY) if half == "User Name" else refusal(USERNAME, "")
    assert error.message == f"The {half} is empty."
    assert error.state == "Nothing was stored. The key that TOMS shows is still valid: leave its screen open."
    assert (
        error.hint == f"Copy the {half} again, with the mouse and from the TOMS screen itself, not from mail or Word."
    )


@pytest.mark.parametrize(
    ("character", "said"),
    [
        ("\u2019", "a RIGHT SINGLE QUOTATION MARK; TOMS uses the apostrophe."),
        ("\u2018", "a LEFT SINGLE QUOTATION MARK; TOMS uses the apostrophe."),
        ("\u201c", "a LEFT DOUBLE QUOTATION MARK; TOMS uses the straight quotation mark."),
        ("\u2013", "an EN DASH; TOMS uses the hyphen."),
        ("\u2026", "a HORIZONTAL ELLIPSIS; TOMS uses three full stops."),
        ("\u00a0", "a NO-BREAK SPACE; TOMS uses no such space."),
        ("\u200b", "a ZERO WIDTH SPACE; TOMS uses no invisible characters."),
        ("\u00ad", "a SOFT HYPHEN; TOMS uses no invisible characters."),
        ("\ufeff", "a ZERO WIDTH NO-BREAK SPACE; TOMS uses no invisible characters."),
        ("\uff21", "a FULLWIDTH LATIN CAPITAL LETTER A; TOMS uses characters of the ordinary width."),
        (
            "\u00e9",
            "a LATIN SMALL LETTER E WITH ACUTE; TOMS uses only the letters, digits and punctuation of an American "
            "keyboard.",
        ),
        ("\n", "a LINE BREAK; it must be on one line."),
        ("\r", "a CARRIAGE RETURN; it must be on one line."),
        ("\u2028", "a LINE SEPARATOR; it must be on one line."),
    ],
)
def test_names_the_character_its_position_and_what_toms_uses(character: str, said: str) -> None:
    assert refusal(USERNAME, f"MadeUp{character}Key*>(Made1").message == f"Character 7 of the secret key is {said}"


@pytest.mark.parametrize(
    ("character", "name"),
    [
        ("\0", "a NUL"),
        ("\t", "a TAB"),
        ("\x1b", "an ESCAPE"),
        ("\x16", "a CONTROL-V"),
        ("\x7f", "a DELETE"),
        ("\ue000", "a NAMELESS CHARACTER U+E000"),
        ("\ud800", "a NAMELESS CHARACTER U+D800"),
    ],
)
def test_names_characters_that_unicode_does_not(character: str, name: str) -> None:
    assert refusal(f"ab{character}", KEY).message.startswith(f"Character 3 of the User Name is {name}; ")


@pytest.mark.parametrize("text", ["\x1b[200~MadeUp*Key>(1\x1b[201~", "\x1b[200~MadeUp*Key>(1"])
def test_says_what_a_terminal_adds_around_a_paste(text: str) -> None:
    error = refusal(USERNAME, text)
    assert error.message.startswith(
        "From character 1 on, the secret key has a mark that a terminal adds around a paste"
    )
    assert "--clipboard" in error.hint


def test_finds_the_end_mark_of_a_paste_alone() -> None:
    assert refusal(USERNAME, "MadeUp\x1b[201~").message.startswith("From character 7 on,")


@pytest.mark.parametrize(("text", "where"), [(" MadeUp*1", "begins"), ("MadeUp*1 ", "ends"), ("  ", "begins")])
def test_refuses_surrounding_spaces(text: str, where: str) -> None:
    error = refusal(USERNAME, text)
    assert error.message == f"The secret key {where} with a space."
    assert error.hint.endswith("Select it without the space.")


def test_refuses_a_whole_text() -> None:
    check_secret("xy" * (LONGEST // 2))
    assert refusal(USERNAME, "x" * 1234).message == "The secret key has 1,234 characters: that is too long."


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("*" * 20, "is one character repeated"),
        ("•" * 20, "is one character repeated"),
        ("....", "is one character repeated"),
        ("SHOW SECRET KEY", "is the name of a field or a button on the TOMS screen"),
        ("Secret Key:", "is the name of a field or a button on the TOMS screen"),
        ("Yes, Generate Credentials", "is the name of a field or a button on the TOMS screen"),
        (f"Secret Key: {KEY}", "has the name of the field in front of it"),
        (f"secretkey={KEY}", "has the name of the field in front of it"),
        (f"HIDE SECRET KEY {KEY}", "has the name of the field in front of it"),
    ],
)
def test_refuses_what_stands_beside_the_key_on_the_toms_screen_or_in_its_place(text: str, said: str) -> None:
    error = refusal(USERNAME, text)
    assert error.message.startswith(f"The secret key {said}")
    assert "click SHOW SECRET KEY" in error.hint
    assert text not in error.message and KEY not in error.message


def test_refuses_a_user_name_with_its_label_and_says_what_to_copy() -> None:
    error = refusal(f"User Name: {USERNAME}", KEY)
    assert error.message == "The User Name has the name of the field in front of it."
    assert error.hint.startswith("Copy the User Name alone.")


@pytest.mark.parametrize("name", ["username_of_lincoln", "key-lincoln", "secretkeys", "copyright"])
def test_a_value_that_only_begins_like_a_label_is_taken(name: str) -> None:
    check_username(name)


def test_refuses_the_same_text_twice() -> None:
    assert refusal(KEY, KEY).message == "The User Name and the secret key are the same text."


def test_refuses_halves_that_look_swapped() -> None:
    error = refusal(KEY, USERNAME)
    assert error.message == "The User Name and the secret key seem to be swapped."
    assert error.hint.startswith("Give the User Name first")


def test_knows_from_the_stored_pair_that_the_halves_are_swapped() -> None:
    stored = Credential("made up (1)", SecretKey("plainMadeUp"), GENERATED_AT)
    assert "swapped" in refusal("another", "made up (1)", stored).message
    assert "swapped" in refusal("plainMadeUp", "another*(", stored).message


@pytest.mark.parametrize(
    ("username", "secret"),
    [("MadeUp*(1)", "plain"), ("a.long_user-name@madeup.example", "PlainMadeUpLetters01"), (KEY, "made up with *(>")],
)
def test_takes_an_odd_half_for_what_it_is_unless_both_are_odd(username: str, secret: str) -> None:
    check_credential(username, secret)


@pytest.mark.parametrize("pair", [STORED, OLD])
def test_refuses_a_key_that_is_stored_already(pair: Credential) -> None:
    error = refusal(USERNAME, pair.secret.reveal(), STORED, OLD)
    assert error.message == "This secret key is stored already; it is not a new one."
    assert error.state == "Nothing was stored or changed."
    assert "Generate Credentials" in error.hint


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_is_accepted_or_refused_and_never_quoted(username: str, secret: str) -> None:
    try:
        check_credential(username, secret)
    except InputRefused as error:
        said = f"{error.message} {error.state} {error.hint}"
        assert all(character.isascii() for character in said)
        assert len(secret) < 8 or secret not in said
        assert len(username) < 12 or username not in said
    else:
        assert (username + secret).isprintable() and (username + secret).isascii()


def test_a_user_name_is_checked_alone() -> None:
    check_username(USERNAME)
    with pytest.raises(InputRefused, match="empty"):
        check_username("")


def test_finds_what_is_easily_mistaken_without_saying_which_it_is() -> None:
    found = look_alikes("a`b'-cl.O")
    assert [(kind.words, kind.positions) for kind in found] == [
        ("a backtick or an apostrophe", (2, 4)),
        ("a small L, a capital I, a one or a vertical bar", (7,)),
        ("a capital O or a zero", (9,)),
        ("a hyphen, an underscore or a tilde", (5,)),
        ("a comma, a full stop, a semicolon or a colon", (8,)),
    ]


def test_finds_nothing_where_nothing_is_easily_mistaken() -> None:
    assert look_alikes("MadeUp*(@)") == ()


def test_an_unusual_length_is_told_with_where_the_usual_one_comes_from() -> None:
    before = (Credential(USERNAME, SecretKey("x" * 24), datetime(2025, 1, 2, tzinfo=UTC)),)
    assert unusual_length(20) == unusual_length(24, before) == ""
    assert unusual_length(1) == "The secret key has 1 character; keys of 20 have been reported."
    assert unusual_length(20, before) == "The secret key has 20 characters; the last key had 24."


@pytest.mark.parametrize(
    ("text", "may_be"),
    [
        ("lincoln_usd_1964733", False),
        ("19647330000000", False),
        ("data.manager@lincoln.example", False),
        ("Lincoln Unified", True),
        ("*XxXxXx>()(XxXxXx*", True),
        ("MadeUp`(N", True),  # half of one
        ("aB3dE6gH9jK2mN5pQ8sT", True),
        ("o'brien", False),
        ("", False),
    ],
)
def test_what_may_be_a_key_is_told_from_a_user_name(text: str, may_be: bool) -> None:
    assert may_be_key(text) is may_be


def test_a_key_that_is_stored_already_is_known_for_one() -> None:
    spent = Credential(USERNAME, SecretKey("letters"), datetime(2025, 1, 2, tzinfo=UTC))
    assert may_be_key("letters", (spent,)) and not may_be_key("letters")


def test_a_space_inside_is_a_warning() -> None:
    assert warnings("made up", "made up" + "x" * 13) == (
        "The User Name has a space inside. Compare it with the TOMS screen.",
        "The secret key has a space inside. Compare it with the TOMS screen.",
    )
