"""What every test may use: the rule for real parts, and the made-up pair."""

from __future__ import annotations

import os
import shutil
import signal

import pytest
from hypothesis import settings

# How long an example takes says how busy the machine is, and nothing about the code; timings belong in benchmarks/.
settings.register_profile("ssrcred", deadline=None)
settings.load_profile("ssrcred")

# A shell starts what runs in its background with Ctrl-C ignored, and every process that a test starts would inherit it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

PARTS = {
    "chromium": ("chromium", "chromium-browser", "google-chrome"),
    "secret-service": ("gnome-keyring-daemon", "dbus-run-session"),
    "clipboard": ("Xvfb", "xclip"),
    "age": ("age",),
    "exim": ("/usr/sbin/exim4", "openssl"),
    "libical": ("/usr/lib/x86_64-linux-gnu/libical.so.3", "/usr/lib/aarch64-linux-gnu/libical.so.3"),
    "cron": ("cron", "crontab"),
    "systemd": ("systemd-analyze", "systemctl", "/lib/systemd/systemd"),
    "mitmproxy": ("mitmdump",),
    "systemd-creds": ("systemd-creds", "unshare", "/lib/systemd/systemd"),
    "promtool": ("promtool",),
    "icinga2": ("icinga2",),
    "monitoring-plugin": ("perl", "/usr/share/perl5/Monitoring/Plugin.pm"),
    "groff": ("groff",),
    "strace": ("strace",),
    "dokuwiki": ("php", "/usr/share/dokuwiki/doku.php"),
    "redmine": ("ruby", "/var/lib/dbconfig-common/sqlite3/redmine/instances/default/redmine_default"),
    "wordpress": ("php", "mariadbd", "/usr/sbin/mariadbd", "/usr/share/wordpress/wp-login.php"),
}
ANY_ONE_IS_ENOUGH = {"chromium", "libical"}


def missing(part: str) -> str | None:
    """The reason why a real part cannot be used on this machine, or None."""
    programs = PARTS[part]
    found = [name for name in programs if shutil.which(name) or (name.startswith("/") and os.access(name, os.R_OK))]
    wanted = 1 if part in ANY_ONE_IS_ENOUGH else len(programs)
    if len(found) >= wanted:
        return None
    return f"real part missing: {part} (looked for {', '.join(programs)})"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Measure no coverage of long tables' rows, which other tests measure, and of a command's tests the first row."""
    measured = set()
    for item in items:
        test = item.nodeid.partition("[")[0]
        if item.get_closest_marker("ci") or item.path.parent.name in ("contract", "session") or test in measured:
            item.add_marker("no_cover")
        elif item.path.parent.name == "cli":
            measured.add(test)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose real part is missing, with the reason; in CI that is a failure."""
    for marker in item.iter_markers("real"):
        reason = missing(marker.args[0])
        if reason is None:
            continue
        if os.environ.get("CI") == "true":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
