"""Mail against a real mail server: encrypted and verified, logged in, refused and put off."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.notify.exim import PASSWORD, Exim, exim
from ssrcred.adapters.notify import Message
from ssrcred.adapters.notify.mail import Mail, Server
from ssrcred.adapters.web.connection_settings import trusted as shared
from ssrcred.domain.credential import SecretKey
from ssrcred.domain.errors import ConfigInvalid, Unreachable

pytestmark = pytest.mark.real("exim")

NOW = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
MESSAGE = Message("Núñez Unified: expires in 30 days", "Señora, type:\n\n    ssrcred rotate\n.\n..two dots\n", NOW)
DANA = "dana@lincoln.example"


@pytest.fixture(scope="module")
def server() -> Iterator[Exim]:
    if os.geteuid() != 0 and os.environ.get("CI") != "true":
        pytest.skip("exim's daemon can only be started by root")
    with exim() as found:
        yield found


@pytest.fixture
def trusted(server: Exim, monkeypatch: pytest.MonkeyPatch) -> Exim:
    monkeypatch.setenv("SSL_CERT_FILE", str(server.authority))
    return server


def way(
    server: Exim,
    to: str = DANA,
    *,
    host: str = "localhost",
    security: str = "starttls",
    login: tuple[str, str] | None = None,
) -> Mail:
    username, password = login or (None, None)
    port = server.tls_port if security == "tls" else server.port
    secret = None if password is None else SecretKey(password)
    return Mail(Server(host, port, "ssrcred@lincoln.example", security, username, secret), to)


@pytest.mark.parametrize("security", ["none", "starttls", "tls"])
def test_a_mail_arrives_as_it_was_written(trusted: Exim, security: str) -> None:
    way(trusted, security=security).send(MESSAGE)
    mail = trusted.queue()[-1]
    assert "Subject: =?utf-8?" in mail and "Date: Sat, 21 Nov 2026 20:00:00 +0000" in mail
    assert "    ssrcred rotate\n.\n..two dots\n" in mail
    assert "Auto-Submitted: auto-generated" in mail and f"for {DANA}" in mail
    assert ("-tls_cipher" in mail) == (security != "none")


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_log_in_opens_what_is_closed_without_one(trusted: Exim, security: str) -> None:
    elsewhere = "somebody@elsewhere.example"
    with pytest.raises(ConfigInvalid, match=r"does not accept mail to somebody@elsewhere.example \(550\)"):
        way(trusted, elsewhere, security=security).send(MESSAGE)
    way(trusted, elsewhere, security=security, login=("dana", PASSWORD)).send(MESSAGE)
    way(trusted, "", security=security, login=("dana", PASSWORD)).send(None)
    assert "A=plain" in _log(trusted)


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_the_keys_of_a_conversation_are_written_nowhere(
    trusted: Exim, security: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Python's own default context does so, and whoever has them can read the password.
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys"))
    way(trusted, "", security=security, login=("dana", PASSWORD)).send(None)
    assert not (tmp_path / "keys").exists()


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_site_that_was_called_before_does_not_make_the_mail_speak_of_http(trusted: Exim, security: str) -> None:
    shared().set_alpn_protocols(["http/1.1"])  # as every call over HTTPS does
    way(trusted, security=security).send(MESSAGE)


def _log(server: Exim) -> str:
    return (server.folder / "mainlog").read_text()


def test_a_wrong_password_is_tried_once_and_not_quoted(trusted: Exim) -> None:
    before = _log(trusted).count("authenticator failed")
    with pytest.raises(ConfigInvalid, match=r"rejected the password of dana \(535\)") as caught:
        way(trusted, login=("dana", "made-up wrong password")).send(MESSAGE)
    assert _log(trusted).count("authenticator failed") == before + 1
    assert "wrong password" not in f"{caught.value.message}{caught.value.state}{caught.value.hint}"
    assert caught.value.__cause__ is None


def test_no_password_is_given_where_none_is_asked_for_in_private(trusted: Exim) -> None:
    with pytest.raises(ConfigInvalid, match="does not offer a sign-in method that ssrcred supports") as caught:
        way(trusted, security="none", login=("dana", PASSWORD)).send(MESSAGE)
    assert "No password was sent." in caught.value.state


def test_a_mailbox_that_is_not_there_and_one_that_is_full_for_now(trusted: Exim) -> None:
    with pytest.raises(ConfigInvalid, match=r"does not accept mail to nobody@lincoln.example \(550\)"):
        way(trusted, "nobody@lincoln.example").send(MESSAGE)
    with pytest.raises(Unreachable, match=r"did not accept mail to later@lincoln.example now \(451\)"):
        way(trusted, "later@lincoln.example").send(MESSAGE)


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_of_an_unknown_authority_is_not_spoken_to(server: Exim, security: str) -> None:
    count = len(server.queue())
    with pytest.raises(Unreachable, match="does not trust the certificate"):
        way(server, security=security, login=("dana", PASSWORD)).send(MESSAGE)
    assert len(server.queue()) == count


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_for_another_name_is_not_spoken_to(trusted: Exim, security: str) -> None:
    with pytest.raises(Unreachable, match="does not trust the certificate"):
        way(trusted, host="127.0.0.1", security=security).send(MESSAGE)


def test_the_wrong_way_to_speak_is_said(trusted: Exim) -> None:
    crossed = Server("localhost", trusted.port, "ssrcred@lincoln.example", "tls")
    with pytest.raises(Unreachable, match=r"does not use the encryption of config\.toml"):
        Mail(crossed, DANA).send(MESSAGE)
