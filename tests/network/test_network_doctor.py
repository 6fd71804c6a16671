"""The doctor behind an inspecting proxy: the proxy and its authority are named, and its log-in never is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest

from cli.desk import Desk
from network.inspector import PASSWORD, Inspector

pytestmark = pytest.mark.real("mitmproxy")
DOCTOR = ("doctor", "--no-practice", "--json")


@pytest.fixture
def behind(desk: Desk, running_inspector: Inspector) -> Desk:
    """A desk whose portal is behind the proxy; the direct check is switched off."""
    desk.at = datetime.now(UTC)
    desk.set_up("--no-direct-check")
    practice, config = desk.district, desk.home / "config.toml"
    running_inspector.steer(madeup_schoolwise_com=urlsplit(practice.schoolwise_url).port or 0)
    text = config.read_text("utf-8").replace(practice.schoolwise_url, "https://madeup.schoolwise.com")
    config.write_text(text, "utf-8")
    practice.requests.clear()
    desk.secret("the proxy's password", PASSWORD)
    return desk


def looked(desk: Desk) -> tuple[int, dict[str, dict[str, Any]]]:
    ran = desk.run(*DOCTOR)
    [lea] = ran.document["leas"]
    return ran.code, {one["check"]: one for one in [*ran.document["checks"], *lea["checks"]]}


def test_an_authority_that_is_believed_is_named_and_fine(believed: Inspector, behind: Desk) -> None:
    code, found = looked(behind)
    assert code == 0, found
    assert (
        "issued by 'mitmproxy', which is not a public certificate authority: a filter or proxy of the school"
        in (found["portal_tls"]["words"])
    )
    assert found["portal_tls"]["words"].endswith("This computer trusts it.")
    assert found["proxy"]["words"] == (
        f"madeup.schoolwise.com: through the proxy {believed.address}, from the environment, "
        "with a user name and password."
    )
    assert "the proxy looks it up" in found["portal_dns"]["words"] and found["portal"]["result"] == "fine"
    assert found["clock"]["result"] == "fine"


def test_an_authority_that_is_not_believed_is_a_problem_that_it_can_mend(inspector: Inspector, behind: Desk) -> None:
    code, found = looked(behind)
    assert code == 8
    assert found["portal_tls"]["exit"] == found["portal"]["exit"] == 8
    assert "'mitmproxy'" in found["portal_tls"]["words"] and "SSL_CERT_FILE" in found["portal_tls"]["command"]
    assert found["clock"]["result"] == "not_tried" and found["vault"]["result"] == "fine"
    assert behind.district.requests == []


def test_a_proxy_that_does_not_let_us_in_is_a_problem(
    believed: Inspector, behind: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", believed.address)
    code, found = looked(behind)
    assert code == 8 and "asks for a user name and a password" in found["portal"]["words"]
    assert found["portal_tls"]["result"] == "not_tried" and found["proxy"]["facts"]["login"] == "no"


def test_the_bundle_names_the_authority_and_not_the_proxy(believed: Inspector, behind: Desk) -> None:
    ran = behind.run("support", str(behind.home / "bundle.md"), "--yes")
    text = (behind.home / "bundle.md").read_text("utf-8")
    assert ran.code == 0 and "issuer mitmproxy, public no, trusted yes" in text
    assert "source the environment, login yes" in text and str(believed.port) not in text
