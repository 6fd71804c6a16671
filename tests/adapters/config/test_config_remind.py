"""What config.toml may say of reminders, and what it may not, with the reason and the dotted key."""

from __future__ import annotations

from pathlib import Path

import pytest

from ssrcred.adapters.config import Everyone, Remind, Smtp, load, set_remind
from ssrcred.domain.errors import ConfigInvalid
from ssrcred.domain.rotation_day import Span

LEA = '[lea.lincoln]\nname = "Made-Up Unified"\ncds = "19647330000000"\n'
SMTP = '[smtp]\nhost = "mail.lincoln.example"\nfrom = "ssrcred@lincoln.example"\n'


def config(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(LEA + text, "utf-8")
    return path


def test_everything_at_once(tmp_path: Path) -> None:
    text = """
[lea.lincoln.remind]
days = [7, 90]
mail = ["dana@lincoln.example", "caaspp@lincoln.example"]
channels = ["team"]
testing = ["2027-04-12/2027-05-21"]
release = ["12-18/01-08", "02-29/02-29"]

[remind]
mail = ["county@county.example"]
channels = ["county-team"]
heartbeat = "https://monitor.example/ping/made-up?job=remind"
"""
    found = load(config(tmp_path, SMTP + text))
    assert found.leas["lincoln"].remind == Remind(
        (90, 7),
        ("dana@lincoln.example", "caaspp@lincoln.example"),
        ("team",),
        (Span("2027-04-12", "2027-05-21"),),
        (Span("12-18", "01-08"), Span("02-29", "02-29")),
    )
    assert found.smtp == Smtp("mail.lincoln.example", "ssrcred@lincoln.example", 587)
    assert found.everyone == Everyone(
        ("county@county.example",), ("county-team",), "https://monitor.example/ping/made-up?job=remind"
    )


def test_the_usual_port_follows_the_encryption(tmp_path: Path) -> None:
    for security, port in (("starttls", 587), ("tls", 465), ("none", 25)):
        found = load(config(tmp_path, f'{SMTP}security = "{security}"\n')).smtp
        assert found is not None and found.port == port


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('[smtp]\nhost = "x.example"\n', "smtp.from: is missing"),
        ('[smtp]\nhost = "smtp://x.example"\nfrom = "a@b.example"\n', "smtp.host: must be the server's name alone"),
        (f"{SMTP}port = 0\n", "smtp.port: must be from 1 to 65535"),
        (f'{SMTP}security = "ssl"\n', "smtp.security: is not known"),
        (f'{SMTP}security = "none"\nusername = "dana"\n', "its password would be readable"),
        (f'{SMTP}password = "made-up"\n', "smtp.password: secrets are not allowed here"),
        ('[lea.lincoln.remind]\nmail = ["dana@lincoln.example"]\n', "smtp: is missing, but there are mail addresses"),
        ('[remind]\nmail = ["dana@lincoln.example"]\n', "smtp: is missing, but there are mail addresses"),
        (f'{SMTP}[lea.lincoln.remind]\nmail = ["Dana <dana@lincoln.example>"]\n', "is not a mail address like"),
        (f'{SMTP}[lea.lincoln.remind]\nmail = ["a@b.example", "A@b.example"]\n', "lists something twice"),
        ('[lea.lincoln.remind]\nchannels = ["slack://made-up-token"]\n', "the address itself is a secret"),
        ('[lea.lincoln.remind]\nchannels = ["smtp"]\n', "may not be smtp"),
        ('[lea.lincoln.remind]\ntesting = ["April"]\n', 'must be like "2027-04-12/2027-05-21"'),
        ('[lea.lincoln.remind]\ntesting = ["20270412/20270521"]\n', 'must be like "2027-04-12/2027-05-21"'),
        ('[lea.lincoln.remind]\ntesting = ["2027-W15-1/2027-W20-5"]\n', 'must be like "2027-04-12/2027-05-21"'),
        ('[lea.lincoln.remind]\ntesting = ["2027-04-12/05-21"]\n', 'must be like "2027-04-12/2027-05-21"'),
        ('[lea.lincoln.remind]\nrelease = ["2027-05-21/2027-04-12"]\n', "ends before it begins"),
        ('[lea.lincoln.remind]\nrelease = ["02-30/03-01"]\n', 'must be like "2027-04-12/2027-05-21"'),
        ('[remind]\nheartbeat = "http://monitor.example/x"\n', "remind.heartbeat: must begin with https://"),
        ('[remind]\nheartbeat = "https://monitor.example/x#y"\n', "remind.heartbeat: must end before the #"),
        ('[remind]\nbeat = "x"\n', "remind.beat: is not known; did you mean heartbeat?"),
    ],
)
def test_what_is_wrong_is_said_with_its_key(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        load(config(tmp_path, text))
    assert any(problem in one for one in caught.value.problems), caught.value.problems
    assert "made-up" not in caught.value.message


def test_a_server_on_this_machine_may_have_a_password_without_encryption(tmp_path: Path) -> None:
    text = '[smtp]\nhost = "127.0.0.1"\nfrom = "a@b.example"\nsecurity = "none"\nusername = "dana"\n'
    assert load(config(tmp_path, text)).smtp is not None


def test_what_is_written_is_added_below_and_later_replaced(tmp_path: Path) -> None:
    path = config(tmp_path, "# a comment\n")
    smtp = {"host": "mail.lincoln.example", "from": "ssrcred@lincoln.example"}
    set_remind(path, smtp, "lincoln", {"mail": ["dana@lincoln.example"]})
    assert "# a comment" in path.read_text("utf-8")
    assert load(path).leas["lincoln"].remind.mail == ("dana@lincoln.example",)
    set_remind(path, None, "lincoln", {"mail": ["robin@lincoln.example"], "days": [5]})
    found = load(path)
    assert found.leas["lincoln"].remind == Remind((5,), ("robin@lincoln.example",))
    assert found.smtp == Smtp("mail.lincoln.example", "ssrcred@lincoln.example", 587)
    assert "# a comment" in (tmp_path / "config.toml.old").read_text("utf-8")
