"""Finds the script (a PAC file) that chooses the proxies of this computer, which Python's `urllib.request` overlooks.

It is only named, not run: it is JavaScript that comes over the network, and the maintained library for it (pypac)
brings an engine for that. What Windows looks for by itself (WPAD) is not looked at: it is switched on nearly
everywhere, whether a network answers or not.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

# Where Internet Options and group policy write it (pypac reads the first: pypac/os_settings.py).
KEYS: Final = (
    ("HKEY_CURRENT_USER", r"Software\Microsoft\Windows\CurrentVersion\Internet Settings"),
    ("HKEY_CURRENT_USER", r"Software\Policies\Microsoft\Windows\CurrentVersion\Internet Settings"),
    ("HKEY_LOCAL_MACHINE", r"Software\Policies\Microsoft\Windows\CurrentVersion\Internet Settings"),
)
BY_NETWORK: Final = "found by the network itself (WPAD)"


def _registry(hive: str, key: str, name: str) -> str:
    import winreg

    with winreg.OpenKey(getattr(winreg, hive), key) as opened:  # type: ignore[attr-defined, unused-ignore]
        return str(winreg.QueryValueEx(opened, name)[0])  # type: ignore[attr-defined, unused-ignore]


def _scutil() -> str:
    done = subprocess.run(["/usr/sbin/scutil", "--proxy"], capture_output=True, timeout=5, check=True)
    return done.stdout.decode("utf-8", "replace")


def proxy_script(
    platform: str, *, registry: Callable[[str, str, str], str] = _registry, scutil: Callable[[], str] = _scutil
) -> str | None:
    """Return the address of the script, as people may see it, or words for where it comes from; None without one.

    `platform` is as in sys.platform; only Windows and macOS have such a setting for all programs.
    """
    if platform == "win32":
        for hive, key in KEYS:
            try:
                address = registry(hive, key, "AutoConfigURL").strip()
            except OSError:  # no such key, or nothing under that name
                continue
            if address:
                return _shown(address)
    if platform == "darwin":
        # The keys are SystemConfiguration's (SCSchemaDefinitions.h), one in a line, as in "ProxyAutoConfigEnable : 1".
        try:
            settings = dict(re.findall(r"^\s*(\w+) : (.*?)\s*$", scutil(), re.MULTILINE))
        except (OSError, subprocess.SubprocessError):
            return None
        if settings.get("ProxyAutoConfigEnable") == "1" and "ProxyAutoConfigURLString" in settings:
            return _shown(settings["ProxyAutoConfigURLString"])
        if settings.get("ProxyAutoDiscoveryEnable") == "1":
            return BY_NETWORK
    return None


def _shown(address: str) -> str:
    """An address without what may be a password in it: what stands before the host or behind the path."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return "an address that is not understood"
    shown = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
    return "".join(character if character.isprintable() else "?" for character in shown)
