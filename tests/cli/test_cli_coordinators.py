"""Both coordinators are told before the click and afterward, whatever the mail server does; what is said has no secret.

The year of both mailboxes is held against a file that people can read; UPDATE_TRANSCRIPTS=1 writes it anew.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import tomli_w

from adapters.notify.mailbox import Mailbox, mailbox
from cli.desk import LEA, TODAY, Answer, Desk
from cli.test_cli_remind import configure
from cli.test_cli_remind_year import HERE
from cli.test_cli_screens import compare, steps
from ssrcred.domain.credential import Credential, SecretKey
from ssrcred.practice import Pair

DANA, ELI = "dana@lincoln.example", "eli@lincoln.example"
ASKED = f"Tell {DANA} and {ELI} now"
BEGINS, FINISHED = "new ones are about to be generated, yours will end", "new ones are in use"


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mailbox() as found:
        yield found


def name_coordinators(desk: Desk, box: Mailbox | None) -> None:
    """Put both mailboxes into config.toml, and the mail server, as an editor would."""
    if box is not None:
        configure(desk, box, mail=["caaspp@lincoln.example"])
    path = desk.home / "config.toml"
    tables = tomllib.loads(path.read_text("utf-8"))
    tables["lea"][LEA]["coordinators"] = {"caaspp": DANA, "elpac": ELI}
    path.write_text(tomli_w.dumps(tables), "utf-8")


@pytest.fixture
def told(ready: Desk, box: Mailbox) -> Desk:
    """A desk that is set up, with both coordinators in config.toml."""
    name_coordinators(ready, box)
    return ready


def digits(pair: Pair | None) -> str:
    assert pair is not None
    return Credential(pair.username, SecretKey(pair.secret), TODAY).check_digits()


def lines(pair: Pair | None) -> str:
    assert pair is not None
    return f"{pair.username}\n{pair.secret}\n"


def news(box: Mailbox) -> list[str]:
    """To whom, and what the subject says behind the LEA's name."""
    return [f"{mail['To']}: {str(mail['Subject']).rpartition('District: ')[2]}" for mail in box.mails]


def details(desk: Desk) -> list[tuple[str, str, str]]:
    """Who was told what, and how that went, as the history has it."""
    events = desk.run("history", "--json").document["events"]
    return [(one["detail"]["to"], one["detail"]["news"], one["outcome"]) for one in events if one["step"] == "tell"]


def test_both_are_told_before_the_click_and_again_with_day_and_digits(told: Desk, box: Mailbox) -> None:
    def pasted() -> str:
        assert news(box) == [f"{DANA}: {BEGINS}", f"{ELI}: {BEGINS}"], "nobody has clicked yet"
        return told.click().username

    def key() -> str:
        assert told.district.pair is not None
        return told.district.pair.secret

    script = [(ASKED, ""), *steps(told), ("User Name", pasted), ("Secret key", key)]
    ran = told.sit("rotate", script=script)
    assert ran.code == 0, ran.screen
    assert news(box)[2:] == [f"{DANA}: {FINISHED}", f"{ELI}: {FINISHED}"]
    code = digits(told.district.pair)
    assert f"check digits {code}" in " ".join(box.text().split())
    assert f"    ssrcred store --announced {code} --generated 2026-11-21\n" in box.text()
    assert details(told) == [(who, what, "told") for what in ("begins", "finished") for who in (DANA, ELI)]
    assert "Tell the coordinators" in ran.screen and f"Told {ELI}: the new credentials are in use." in ran.screen
    for mail in box.mails:
        told._search("a mail", mail.as_bytes())


def test_who_does_not_want_to_tell_is_asked_once_and_nobody_is_told_at_the_end(told: Desk, box: Mailbox) -> None:
    pair: Answer = lambda: told.click().username  # noqa: E731
    key: Answer = lambda: lines(told.district.pair).split()[1]  # noqa: E731
    ran = told.sit("rotate", script=[(ASKED, "n"), *steps(told), ("User Name", pair), ("Secret key", key)])
    assert ran.code == 0 and box.mails == [] and details(told) == []


def test_without_a_person_it_is_sent_without_asking(told: Desk, box: Mailbox) -> None:
    ran = told.run("rotate", "--stdin", "--json", given=told.pair_lines)
    assert ran.code == 0 and len(box.mails) == 4
    assert [one["detail"]["to"] for one in ran.document["events"] if one["step"] == "tell"] == [DANA, ELI] * 2


def test_a_message_that_cannot_be_sent_before_the_click_is_said_and_the_person_decides(
    told: Desk, box: Mailbox
) -> None:
    box.refuses = ELI
    ran = told.sit("rotate", script=[(ASKED, "y"), ("Go on to TOMS now?", "n")])
    assert ran.code == 130 and "Nothing was changed" in ran.error["state"]
    before, _, after = ran.screen.partition("Go on to TOMS now?")
    assert f"Not told: {ELI}: " in before and f"Please send this yourself to {ELI}:" in before
    assert "nothing was generated" in after and "nothing has changed" in news(box)[-1]
    assert details(told)[1] == (ELI, "begins", "failed")
    assert "no such mailbox" not in ran.screen, "the other side's own words"


def test_no_message_stops_what_follows_the_click(told: Desk, box: Mailbox) -> None:
    def clicked() -> str:
        box.answers["MAIL"] = "421 made-up trouble"
        return told.pair_lines()

    ran = told.run("rotate", "--stdin", given=clicked)
    assert ran.code == 0, ran.err
    assert details(told)[2:] == [(DANA, "finished", "failed"), (ELI, "finished", "failed")]
    assert (
        f"Please send this yourself to {DANA}, {ELI}:" in ran.err
        and f"--announced {digits(told.district.pair)}" in (ran.err)
    )
    assert told.run("status").code == 0


def test_without_a_mail_server_the_text_is_shown_ready_to_copy(ready: Desk) -> None:
    name_coordinators(ready, None)
    ran = ready.sit("rotate", script=[("Go on to TOMS now?", "n")])
    assert f"Please send this yourself to {DANA}, {ELI}:" in ran.screen
    assert "    Please do not generate any in TOMS before you have talked to dana" in ran.screen
    assert details(ready)[0] == (DANA, "begins", "shown")


def test_a_plan_says_whom_it_would_tell_and_tells_nobody(told: Desk, box: Mailbox) -> None:
    ran = told.run("rotate", "--plan")
    assert f"Told before you generate, and again at the end: {DANA}, {ELI}." in ran.err
    assert told.run("rotate", "--plan", "--json").document["tells"] == [DANA, ELI]
    assert box.mails == [] and details(told) == []


def test_without_a_mailbox_a_plan_says_that_nobody_is_told(ready: Desk) -> None:
    ran = ready.run("rotate", "--plan")
    assert "is not told by ssrcred" in ran.err and "[lea.NAME.coordinators]" in ran.err


def test_both_are_told_of_a_rotation_that_was_rejected_and_of_what_came_after_it(told: Desk, box: Mailbox) -> None:
    pair = told.click()
    ran = told.run("rotate", "--stdin", given=f"{pair.username}\n{pair.secret[:-1]}!\n")
    assert ran.code == 7 and news(box)[-1] == f"{ELI}: a rotation failed"
    assert told.run("store", "--stdin", given=lines(pair)).code == 0
    assert told.run("upload").code == 0 and told.run("verify").code == 0
    assert news(box)[-1] == f"{ELI}: {FINISHED}" and f"check digits {digits(pair)}" in " ".join(box.text().split())
    assert told.run("verify").code == 0 and len(box.mails) == 6, "nothing is told twice"


def test_both_are_told_of_a_rotation_that_is_left_open_and_of_its_end(told: Desk, box: Mailbox) -> None:
    told.district.fault("schoolwise", "down")
    ran = told.run("rotate", "--stdin", given=told.pair_lines)
    assert ran.code != 0 and box.mails == [], "it failed before the click"
    told.district.clear_faults()

    def goes_down() -> str:
        told.district.fault("schoolwise", "down")
        return told.pair_lines()

    ran = told.run("rotate", "--stdin", given=goes_down)
    assert ran.code == 10 and news(box)[-1] == f"{ELI}: a rotation is not finished"
    assert digits(told.district.pair) in box.text()
    assert told.run("resume").code == 10 and len(box.mails) == 4, "that it is still open is no news"
    told.district.clear_faults()
    assert told.run("resume").code == 0 and news(box)[-1] == f"{ELI}: {FINISHED}"


def test_both_are_told_of_a_rotation_that_is_canceled_after_the_click(told: Desk, box: Mailbox) -> None:
    told.run("rotate", "--stdin", given="")
    assert news(box)[-1] == f"{ELI}: a rotation is not finished"
    assert "If some were generated in TOMS" in " ".join(box.text().split())
    assert told.run("abandon").code == 0 and news(box)[-1] == f"{ELI}: a rotation failed"


# Both mailboxes over a year.


class Diary:
    """What both coordinators did, each on a computer of their own, and every message in either mailbox."""

    def __init__(self, box: Mailbox) -> None:
        self.box, self.lines, self.read = box, list[str](), 0

    def did(self, desk: Desk, text: str) -> None:
        """What somebody did, and the messages that came of it, in either mailbox."""
        day = desk.at.astimezone(HERE).date().isoformat()
        self.lines.append(f"{day}  ({text})\n")
        while self.read < len(self.box.mails):
            mail, body = self.box.mails[self.read], self.box.text(self.read)
            self.read += 1
            to = str(mail["To"])
            while self.read < len(self.box.mails) and self.box.text(self.read) == body:
                to, self.read = f"{to}, {self.box.mails[self.read]['To']}", self.read + 1
            indented = "".join(f"    {line}".rstrip() + "\n" for line in body.splitlines())
            self.lines.append(f"{day}  To: {to}\n            Subject: {mail['Subject']}\n\n{indented}")


@pytest.mark.ci
def test_a_year_of_both_mailboxes_with_one_collision_that_is_seen_before_the_click(
    told: Desk, box: Mailbox, tmp_path: Path
) -> None:
    dana, eli, diary = told, Desk(tmp_path / "eli"), Diary(box)
    eli._district, eli.user = dana.district, lambda: "eli"
    eli._learn()
    eli.set_up()
    name_coordinators(eli, box)

    def on(year: int, month: int, day: int) -> None:
        dana.at = eli.at = datetime(year, month, day, 20, 0, tzinfo=UTC)

    assert dana.run("rotate", "--stdin", given=dana.pair_lines).code == 0
    first = dana.district.pair
    diary.did(dana, "Dana, the CAASPP coordinator, rotates")
    assert eli.run("store", "--stdin", "--announced", "0a0a0a0a", given=lines(first)).code == 4
    diary.did(eli, "Eli, the ELPAC coordinator, gets them on paper, and mistypes the digits: nothing is stored")
    stored = eli.run("store", "--stdin", "--announced", digits(first), given=lines(first))
    assert stored.code == 0 and eli.run("verify").code == 0
    diary.did(eli, f"Eli types: ssrcred store --announced {digits(first)}, then: ssrcred verify")
    on(2027, 4, 20)
    eli.secret("the second", eli.click().secret)
    second = eli.district.pair
    assert eli.run("rotate", "--stdin", "--force", given=lines(second)).code == 0
    dana.secret("the second", lines(second).split()[1])
    diary.did(eli, "Eli rotates early; Dana is away, and nobody reads her mail")
    on(2027, 10, 18)

    def reads() -> str:
        assert "somebody has generated since" in " ".join(box.text().split()) and digits(first) in box.text()
        diary.did(dana, "Dana, back with the credentials of a year ago, types: ssrcred rotate, and tells both")
        return "n"

    requests = len(dana.district.requests)
    ran = dana.sit("rotate", script=[(ASKED, "y"), ("Go on to TOMS now?", reads)])
    assert ran.code == 130 and dana.district.pair == second and len(dana.district.requests) > requests
    diary.did(dana, "Eli sees other check digits than hers and calls: Dana stops before the click")
    ran = dana.run("store", "--stdin", "--announced", digits(second), "--generated", "2027-04-20", given=lines(second))
    assert ran.code == 0, ran.err
    assert dana.run("upload").code == 0 and dana.run("verify").code == 0 and eli.run("verify").code == 0
    diary.did(dana, f"Dana types: ssrcred store --announced {digits(second)} --generated 2027-04-20, upload, verify")
    for mail in box.mails:
        dana._search("a mail", mail.as_bytes())
        eli._search("a mail", mail.as_bytes())
    eli.search_files()
    compare("both_mailboxes", "\n".join(diary.lines))
