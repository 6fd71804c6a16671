"""The yearly job behind an inspecting proxy: done when its authority is believed, and else nobody is asked anything."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from cli.desk import Desk
from network.inspector import Inspector

pytestmark = pytest.mark.real("mitmproxy")


@pytest.fixture
def behind(desk: Desk, running_inspector: Inspector) -> Desk:
    """A desk that is set up for a district whose sites are behind the proxy."""
    desk.set_up()
    practice, config = desk.district, desk.home / "config.toml"
    ports = [urlsplit(url).port or 0 for url in (practice.schoolwise_url, practice.service_url)]
    running_inspector.steer(madeup_schoolwise_com=ports[0], scores_example=ports[1])
    text = config.read_text("utf-8").replace(practice.schoolwise_url, "https://madeup.schoolwise.com")
    text = text.replace(practice.service_url.partition("/api")[0], "https://scores.example")
    config.write_text(text, "utf-8")
    # The practice service's links begin with http:// behind a proxy, and are refused; a token is proof enough here.
    assert desk.run("secret", "drop", "test-ssid").code == 0
    practice.requests.clear()
    return desk


def test_the_yearly_job_is_done_through_an_inspecting_proxy(believed: Inspector, behind: Desk) -> None:
    pair = behind.rotated()
    assert behind.district.stored("district") == pair
    assert {service for service, _, _ in behind.district.requests} >= {"schoolwise", "service"}
    config = (behind.home / "config.toml").read_text("utf-8")  # which leads past the proxy to TOMS only, for a person
    assert "127.0.0.1" not in config.replace(behind.district.toms_url, "")


def test_without_its_authority_nothing_is_asked_of_anybody(inspector: Inspector, behind: Desk) -> None:
    ran = behind.run("rotate", "--plan")
    assert ran.code == 8
    assert "shows a certificate that this computer does not trust" in ran.error["error"]
    assert ran.error["hint"].startswith("A filter or proxy that inspects traffic is the usual reason")
    assert behind.district.requests == []
    assert behind.run("rotate", "--plan", "--json").document["error"]["code"] == "unreachable"
