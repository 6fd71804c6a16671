"""The real applications, each started once for all tests of a process, and a desk that is set up for one of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.portal.real import django_admin, dokuwiki, redmine, wordpress
from adapters.portal.real.application import OFFICE, OLD_KEY, PASSWORD, Application
from cli.desk import LEA, Desk
from ssrcred.domain.credential import SecretKey

RUNNING = {
    module.__name__.rpartition(".")[2]: module.running for module in (django_admin, dokuwiki, redmine, wordpress)
}


def marked(name: str) -> object:
    """One application as a parameter: its tests stay in one process, and need it on this machine."""
    part = pytest.mark.ci if name == "django_admin" else pytest.mark.real(name)
    return pytest.param(name, marks=(part, pytest.mark.xdist_group(name)))


@pytest.fixture(scope="session", params=[marked(name) for name in RUNNING])
def started(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    """One application, with whatever the tests before have saved in it."""
    with RUNNING[request.param](tmp_path_factory.mktemp(request.param)) as application:
        yield application


@pytest.fixture
def application(started: Application) -> Application:
    """One application that holds the old credentials."""
    started.put_back()
    return started


@pytest.fixture
def at_desk(application: Application, tmp_path: Path) -> Iterator[Desk]:
    """A desk that is set up for the application beside a TOMS, and looks for values in whatever is said and written."""
    desk = Desk(tmp_path)
    desk.home.mkdir()
    with desk.beside():
        (desk.home / "config.toml").write_text(
            f"""[lea.{LEA}]
name = "Madeup Unified"
cds = "{desk.district.cds}"
[lea.{LEA}.schoolwise]
url = "{application.base_url}"
username = "{OFFICE}"
map = "{application.map}"
[lea.{LEA}.toms]
enabled = true
api = "{desk.district.service_url}"
site = "{desk.district.toms_url}"
""",
            "utf-8",
        )
        desk.vault.keep_secret("schoolwise", SecretKey(PASSWORD))
        desk.vault.keep_secret("test-ssid", SecretKey(desk.district.test_ssid))
        desk.secret("the password", PASSWORD)
        desk.secret("the old key", OLD_KEY)
        for value in application.never_told:
            desk.secret(f"another field's value, {value}", value)
        yield desk
        desk.search_files()
