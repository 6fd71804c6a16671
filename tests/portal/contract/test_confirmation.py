"""A save that wants another press: nothing more is pressed, and the outcome names the page that asked."""
# ruff: noqa: E501  pages stand as they are served

from __future__ import annotations

from html import escape

import pytest

from portal.contract.check import KEY, PAIR, stage
from portal.contract.driver import DRIVERS
from portal.contract.pretend_portal import NORTH, SOUTH, Asked, Reply
from portal.contract.unseen_styles import BY_NUMBER, Plain
from ssrcred.credential import Credential
from ssrcred.place import Took
from ssrcred.portal.map import PortalMap, load

HTTP = DRIVERS[0]


class Sure(Plain):
    """The server keeps what was typed until it is confirmed; its page holds nothing of it."""

    question = "<h1>Are you sure?</h1>"

    def took(self, asked: Asked) -> Reply | str:
        if asked.path != "/save":
            self.strange.append(asked.path)
            return ""
        return f'<form action="/logout" method="post"><button>Log Out</button></form>{self.question}<form action="/save/yes" method="post"><button>Yes, save</button><button name="no">Cancel</button></form>'


class Overwrites(Sure):
    """The question is about more than the one place."""

    question = "<p>Do you want to replace this in every school?</p>"


class Review(Sure):
    """The page shows what was typed, in words and in hidden fields."""

    def took(self, asked: Asked) -> Reply | str:
        held = "".join(f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in asked.entries)
        shown = escape(asked.form["k"])
        return f'<h1>Do you want to save {shown}?</h1><form action="/save/yes" method="post">{held}<button>OK {shown}</button></form>'


class ShowsDraft(Sure):
    """The same question, and the page of the settings shows from then on what was typed."""

    key_shown = "clear"

    def __init__(self) -> None:
        super().__init__()
        self.draft: dict[str, tuple[str, str]] = {}

    def took(self, asked: Asked) -> Reply | str:
        self.draft[BY_NUMBER[asked.form["id"]]] = (asked.form["u"], asked.form["k"])
        return super().took(asked)

    def user(self, place: str) -> str:
        return escape(self.draft.get(place, self.pairs[place])[0])

    def key(self, place: str) -> str:
        return escape(self.draft.get(place, self.pairs[place])[1])


@pytest.mark.parametrize(
    ("style", "took", "said"),
    [
        (Sure, Took.DID_NOT_TAKE, "another press, on Yes, save (“Are you sure?”), which is left to a person"),
        (Overwrites, Took.DID_NOT_TAKE, "(“Do you want to replace this in every school?”)"),
        (Review, Took.DID_NOT_TAKE, "asks for another press, on a button, which is left"),
        (ShowsDraft, Took.CANNOT_BE_SEEN, "(“Are you sure?”)"),
    ],
)
def test_a_question_after_the_save_is_told_and_not_answered(style: type[Plain], took: Took, said: str) -> None:
    with stage(style, HTTP) as on:
        saved = on.portal.write(NORTH, PAIR)
        assert (saved.took, saved.answered) == (took, False)
        assert said in saved.detail
        assert KEY not in repr(saved) + saved.detail
        assert [asked.path for asked in on.server.asked if asked.method == "POST"] == ["/login", "/save"]
        on.untouched()


def test_a_question_whose_answer_cannot_be_seen_is_told_too() -> None:
    with stage(Sure, HTTP) as on:
        saved = on.portal.write(SOUTH, Credential("OLD", PAIR.secret, PAIR.generated_at))
        assert (saved.took, "on Yes, save" in saved.detail) == (Took.CANNOT_BE_SEEN, True)
        assert not saved.answered, "it waits for another press, so it is not called saved"


class Saved(Plain):
    """The save is done; the page after it says so, and offers more."""

    def took(self, asked: Asked) -> Reply | str:
        super().took(asked)
        return '<p>Your changes were saved.</p><p>Do you want to copy this to other schools?</p><form action="/copy" method="post"><button>Yes</button></form>'


def test_an_offer_after_a_save_that_was_done_is_no_question() -> None:
    with stage(Saved, HTTP) as on:
        saved = on.portal.write(NORTH, PAIR)
        assert (saved.took, "another press" in saved.detail) == (on.seen, False)
        on.untouched(NORTH)


class Called(Plain):
    """The button that saves is called as in other products; the one beside it does something else."""

    button = ""

    def form(self, place: str, more: str = "") -> str:
        other = (
            '<button name="do" value="test">Test Connection</button><button name="do" value="cancel">Cancel</button>'
        )
        return super().form(place, more).replace("<button>Save Changes</button>", f"{other}{self.button}")

    def took(self, asked: Asked) -> Reply | str:
        if "do" in asked.form:
            self.strange.append("wrong button")
        return super().took(asked)


BUTTONS = [
    "<button>Submit</button>",
    "<input type=submit value=OK>",
    "<button>Apply</button>",
    "<input type=submit name=commit value='Update District'>",
    "<button title=Save><i class='fa fa-save'></i></button>",
    "<button><i class='material-icons'>save</i>Save</button>",
    "<button><mat-icon>save</mat-icon><span>Save</span></button>",
]


@pytest.mark.parametrize("words", ["schoolwise", "generic"])
@pytest.mark.parametrize("shown", BUTTONS)
def test_presses_what_other_products_call_saving(shown: str, words: str) -> None:
    class Portal(Called):
        button = shown

        def map(self) -> PortalMap:
            return load(words)

    with stage(Portal, HTTP) as on:
        on.saves("District")
        on.untouched("District")
