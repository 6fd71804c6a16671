"""The way to a site: who is believed, and which proxy is used. All addresses and passwords are made up."""

from __future__ import annotations

import ssl
import threading
from pathlib import Path

import certifi
import pytest

from ssrcred.adapters.web.connection_settings import (
    Proxy,
    by_openssl,
    by_system,
    furnish,
    proxy,
    trusted,
    trusted_apart,
)
from ssrcred.domain.errors import ConfigInvalid

ROOT = Path(__file__).parents[3] / "src" / "ssrcred"
NOWHERE = ssl.get_default_verify_paths()._replace(cafile=None, capath=None)  # type: ignore[arg-type]  # typeshed: both may be
PASSWORD = "made-up-password"


def refused(given: str) -> ConfigInvalid:
    with pytest.raises(ConfigInvalid) as caught:
        proxy("portal.example", 443, settings=lambda: {"https": given}, bypassed=lambda name: False)
    shown = f"{caught.value.message}{caught.value.state}{caught.value.hint}{caught.getrepr(style='long')}"
    assert caught.value.__context__ is None or PASSWORD not in str(caught.value.__context__)
    assert caught.value.state == "Nothing was sent."
    assert "percent-encoded" in caught.value.hint and shown
    return caught.value


def test_one_context_serves_every_thread() -> None:
    found: list[ssl.SSLContext] = []
    threads = [threading.Thread(target=lambda: found.append(trusted())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8 and len({id(context) for context in found}) == 1


def test_what_is_believed_is_verified_and_its_keys_are_written_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys"))
    for context in (by_openssl(), by_system()):
        assert context is not None
        assert context.verify_mode is ssl.CERT_REQUIRED and context.check_hostname
        assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
        assert context.keylog_filename is None


def test_the_shared_one_is_not_changed_any_more_by_those_who_share_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", certifi.where())  # one that no other test has used
    changes: list[object] = []
    context = trusted()
    monkeypatch.setattr(ssl.SSLContext, "set_alpn_protocols", lambda self, given: changes.append(given))
    context.set_alpn_protocols(["http/1.1"])  # as httpcore does before each connection
    assert changes == []


def test_one_for_other_protocols_than_http_says_nothing_of_http(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[object] = []
    monkeypatch.setattr(ssl.SSLContext, "set_alpn_protocols", lambda self, given: said.append(given))
    context = trusted_apart()
    assert context is not trusted() and context is not trusted_apart()
    assert context.verify_mode is ssl.CERT_REQUIRED and context.check_hostname and context.keylog_filename is None
    said.clear()
    trusted_apart()
    assert said == []
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/made-up.pem")
    with pytest.raises(ConfigInvalid, match="SSL_CERT_FILE"):
        trusted_apart()


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_where_the_system_is_asked_each_thread_asks_for_itself(platform: str) -> None:
    here, there = trusted(platform=platform), list[ssl.SSLContext]()
    assert trusted(platform=platform) is here
    thread = threading.Thread(target=lambda: there.append(trusted(platform=platform)))
    thread.start()
    thread.join()
    assert there[0] is not here
    assert type(here).__module__.startswith("truststore")


def test_where_openssl_finds_nothing_the_system_is_asked(tmp_path: Path) -> None:
    assert by_openssl(NOWHERE) is None
    assert by_openssl(NOWHERE._replace(capath=str(tmp_path))) is None
    assert by_openssl(NOWHERE._replace(cafile=certifi.where())) is not None


def test_public_authorities_are_believed_only_where_there_are_no_others() -> None:
    none, some = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    furnish(none)
    assert none.cert_store_stats()["x509_ca"] > 50
    first = ssl.PEM_cert_to_DER_cert(_first(Path(certifi.where()).read_text("ascii")))
    some.load_verify_locations(cadata=first)
    furnish(some)
    assert some.cert_store_stats()["x509_ca"] == 1


def _first(bundle: str) -> str:
    end = "-----END CERTIFICATE-----"
    return bundle[bundle.index("-----BEGIN") : bundle.index(end) + len(end)]


@pytest.mark.parametrize("platform", ["linux", "win32", "darwin"])
@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
@pytest.mark.parametrize("content", [None, "", "not a certificate"])
def test_a_typing_error_in_what_is_named_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, platform: str, name: str, content: str | None
) -> None:
    named = tmp_path / f"{platform}-{content}.pem"
    if content is not None:
        named.write_text(content, "ascii")
    monkeypatch.setenv(name, str(named))
    with pytest.raises(ConfigInvalid) as caught:
        trusted(platform=platform)
    assert caught.value.message.startswith(f"{name} must name a") and str(named) in caught.value.message
    assert f"Correct {name}" in caught.value.hint


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
def test_what_is_named_is_believed_on_windows_and_macos_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    one = tmp_path / "12345678.0"
    one.write_text(_first(Path(certifi.where()).read_text("ascii")), "ascii")
    (tmp_path / "broken.0").write_text("not a certificate", "ascii")
    monkeypatch.setenv(name, str(one if name == "SSL_CERT_FILE" else tmp_path))
    for platform in ("win32", "darwin"):
        context = trusted(platform=platform)
        # truststore hands what was put in beside the system's store on from here (its Windows and macOS parts do).
        inner = context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="portal.example").context
        assert ssl.PEM_cert_to_DER_cert(one.read_text("ascii")) in inner.get_ca_certs(binary_form=True)


def test_no_switch_turns_verification_off() -> None:
    """Only the doctor looks at a certificate that is not believed, to say whose it is; it sends nothing."""
    off: tuple[str, ...] = (
        "verify=False",
        "CERT_NONE",
        "check_hostname = False",
        "_create_unverified_context",
        "--ignore-certificate",
    )
    off += ("ignore_https_errors", "ignoreHTTPSErrors", "--insecure", "--no-verify", "TLS_REJECT_UNAUTHORIZED")
    found = {
        (path.relative_to(ROOT).as_posix(), word)
        for path in ROOT.rglob("*.py")
        for word in off
        if word in path.read_text("utf-8")
    }
    assert {path for path, _ in found} <= {"adapters/machine/site_certificate.py"}
    words = (ROOT / "adapters" / "machine" / "site_certificate.py").read_text("utf-8")
    assert ".send" not in words and ".request(" not in words


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, None),
        ({"http": "http://other.example:1"}, None),
        ({"https": ""}, None),
        ({"https": "proxy.example:3128"}, Proxy("http", "proxy.example", 3128)),
        ({"https": "http://proxy.example/"}, Proxy("http", "proxy.example", 80)),
        ({"https": "https://proxy.example"}, Proxy("https", "proxy.example", 443)),
        ({"all": " http://[2001:db8::1]:3128 "}, Proxy("http", "2001:db8::1", 3128)),
        ({"https": "http://a:1", "all": "http://b:2"}, Proxy("http", "a", 1)),
        ({"https": f"http://me:{PASSWORD}%40%23@p:1"}, Proxy("http", "p", 1, ("me", f"{PASSWORD}@#"))),
        ({"https": "me:a%25b@p:1"}, Proxy("http", "p", 1, ("me", "a%b"))),
        ({"https": "http://me@p:1"}, Proxy("http", "p", 1, ("me", ""))),
    ],
)
def test_the_proxy_is_what_python_finds(settings: dict[str, str], expected: Proxy | None) -> None:
    found = proxy("portal.example", 443, settings=lambda: settings, bypassed=lambda name: False)
    assert found == expected


def test_a_proxy_is_shown_without_its_log_in() -> None:
    found = Proxy("http", "2001:db8::1", 3128, ("made-up-user", PASSWORD))
    assert found.shown == "[2001:db8::1]:3128" and found.address == "http://[2001:db8::1]:3128"
    assert "made-up" not in repr(found)


@pytest.mark.parametrize(
    "given",
    [
        f"http://me:{PASSWORD}#more@proxy.example:1",
        f"http://me:12#{PASSWORD}@proxy.example:1",
        f"http://me:12/{PASSWORD}@proxy.example:1",
        f"http://me:{PASSWORD}@",
        "http://proxy.example:port",
        "http://[proxy",
        "ftp://proxy.example:1",
        "http://",
    ],
)
def test_an_address_that_is_none_is_refused_unquoted(given: str) -> None:
    assert refused(given).message == "The proxy's address in the settings is not understood."


@pytest.mark.parametrize("kind", ["socks", "socks4", "socks5", "socks5h"])
def test_a_socks_proxy_is_refused_by_its_name(kind: str) -> None:
    assert "SOCKS" in refused(f"{kind}://me:{PASSWORD}@proxy.example:1080").message


@pytest.mark.parametrize("excepted", ["portal.example", ".example", "portal.example:443", "*", "x, PORTAL.example"])
def test_an_exception_of_the_environment_holds(monkeypatch: pytest.MonkeyPatch, excepted: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:1")
    monkeypatch.setenv("NO_PROXY", excepted)
    assert proxy("portal.example", 443) is None
    monkeypatch.setenv("NO_PROXY", "other.example,portal.example:444,tal.example")
    assert proxy("portal.example", 443) == Proxy("http", "proxy.example", 1)


def test_an_exception_of_the_system_holds() -> None:
    """Python asks the registry or the system's configuration in `proxy_bypass`, and knows the proxy from elsewhere."""
    asked: list[str] = []

    def bypassed(name: str) -> bool:
        asked.append(name)
        return name == "[2001:db8::7]:8443"

    assert proxy("2001:db8::7", 8443, settings=lambda: {"https": "http://p:1"}, bypassed=bypassed) is None
    assert asked == ["2001:db8::7", "[2001:db8::7]:8443"]
