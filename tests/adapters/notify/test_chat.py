"""Chat by Apprise: delivered or not, in time, over a connection that is private, and without a word of the address."""

from __future__ import annotations

import io
import json
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.notify.webhook import Webhook, certificate, webhook
from ssrcred.adapters.notify import Message
from ssrcred.adapters.notify.chat import Chat, LogInDoubtful, Outcome, send_by_apprise
from ssrcred.domain.credential import SecretKey
from ssrcred.domain.errors import ConfigInvalid, SsrcredError, Unreachable, UsageWrong

# Apprise's own; in the other process nobody sees them.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

NOW = datetime(2026, 11, 21, tzinfo=UTC)
MESSAGE = Message("Núñez Unified: expires in 30 days", "Type:\n\n    ssrcred rotate\n", NOW)
TOKEN = "made-up-token-of-the-webhook"


@pytest.fixture
def hook() -> Iterator[Webhook]:
    with webhook() as found:
        yield found


def chat(address: str, limit: float = 60.0) -> Chat:
    return Chat("team", SecretKey(address), limit=limit)


def said(address: str) -> int:
    """How the other process would end, in this process."""
    return send_by_apprise(io.BytesIO(json.dumps({"address": address, "title": "t", "text": "x"}).encode()))


@pytest.fixture
def own_trust(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The other process puts the system's certificates into this process too; taken out again afterwards."""
    import truststore

    yield
    truststore.extract_from_ssl()


def in_words(problem: SsrcredError) -> str:
    return f"{problem.message} {problem.state} {problem.hint}"


def test_a_message_arrives_by_way_of_another_process(hook: Webhook, capfd: pytest.CaptureFixture[str]) -> None:
    chat(f"json://127.0.0.1:{hook.port}/{TOKEN}").send(MESSAGE)
    [posted] = hook.posted
    assert (posted["title"], posted["message"].strip()) == (MESSAGE.title, MESSAGE.text.strip())
    assert capfd.readouterr() == ("", "")


def test_one_that_is_not_taken_is_said_without_the_address(hook: Webhook, capfd: pytest.CaptureFixture[str]) -> None:
    hook.status = 403
    with pytest.raises(Unreachable, match="The channel team did not accept the message") as caught:
        chat(f"json://dana:{TOKEN}@127.0.0.1:{hook.port}/{TOKEN}").send(MESSAGE)
    assert TOKEN not in in_words(caught.value) and "ssrcred secret set notify:team" in caught.value.hint
    assert capfd.readouterr() == ("", "")


@pytest.mark.usefixtures("own_trust")
@pytest.mark.parametrize("status", [302, 307])
def test_a_message_is_not_carried_on_to_another_address(hook: Webhook, status: int) -> None:
    with webhook() as other:
        hook.status, hook.onward = status, f"http://127.0.0.1:{other.port}/elsewhere"
        assert said(f"json://localhost:{hook.port}/?+X-Made-Up={TOKEN}") == Outcome.NOT_TAKEN
        assert other.called == []


def test_a_service_that_never_answers_is_left_in_time(hook: Webhook) -> None:
    hook.held = threading.Event()
    with pytest.raises(Unreachable, match="within 2 seconds") as caught:
        chat(f"json://127.0.0.1:{hook.port}/{TOKEN}?rto=60", limit=2.0).send(MESSAGE)
    hook.held.set()
    assert TOKEN not in in_words(caught.value) and caught.value.__cause__ is None


def test_https_is_verified_against_the_certificates_of_the_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with webhook(certificate(tmp_path)) as hook:
        with pytest.raises(Unreachable):
            chat(f"jsons://localhost:{hook.port}/{TOKEN}").send(MESSAGE)
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
        chat(f"jsons://localhost:{hook.port}/{TOKEN}").send(MESSAGE)
        assert len(hook.posted) == 1


@pytest.mark.usefixtures("own_trust")
@pytest.mark.parametrize(
    ("address", "answer"),
    [
        ("made up", Outcome.NOT_UNDERSTOOD),
        ("nosuchservice://token", Outcome.NOT_UNDERSTOOD),
        (f"jsons://school.example/{TOKEN}?verify=no", Outcome.UNVERIFIED),
        (f"json://school.example/{TOKEN}", Outcome.IN_THE_CLEAR),
        (f" json://school.example/{TOKEN}", Outcome.IN_THE_CLEAR),
        (f"mailto://dana:{TOKEN}@mail.school.example", Outcome.IN_THE_CLEAR),
    ],
)
def test_an_address_that_is_not_good_is_refused_before_anything_is_sent(address: str, answer: Outcome) -> None:
    assert said(address) == answer


@pytest.mark.usefixtures("own_trust")
def test_a_service_on_this_machine_needs_no_encryption(hook: Webhook) -> None:
    assert said(f"json://localhost:{hook.port}/") == Outcome.SENT
    hook.status = 500
    assert said(f"json://127.0.0.1:{hook.port}/") == Outcome.NOT_TAKEN
    assert said(f"json://dana:{TOKEN}@127.0.0.1:{hook.port}/") == Outcome.LOGGED_IN_NOT_TAKEN


@pytest.mark.parametrize("library", ["apprise", "truststore"])
def test_without_the_extra_it_says_what_to_install(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    assert said("json://localhost/") == Outcome.NOT_INSTALLED


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (Outcome.NOT_INSTALLED, UsageWrong, ".[notify]'"),
        (Outcome.NOT_UNDERSTOOD, ConfigInvalid, "is not a valid Apprise address"),
        (Outcome.UNVERIFIED, ConfigInvalid, "turns off certificate checks"),
        (Outcome.IN_THE_CLEAR, ConfigInvalid, "is not encrypted;"),
        (Outcome.NOT_TAKEN, Unreachable, "did not accept the message"),
        (Outcome.LOGGED_IN_NOT_TAKEN, LogInDoubtful, "or it rejected the password in its address"),
        (1, Unreachable, "did not accept the message"),
        (-11, Unreachable, "did not accept the message"),
    ],
)
def test_each_end_has_its_words(answer: int, kind: type[SsrcredError], words: str) -> None:
    problem = chat("json://localhost/").problem_of(answer)
    assert type(problem) is kind and words in in_words(problem)
