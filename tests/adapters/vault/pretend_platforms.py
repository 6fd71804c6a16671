"""What lies under keyring's macOS and Windows backends, pretended in memory, so that those backends run on Linux.

Written from the libraries' source and Microsoft's and Apple's error numbers: neither was run on its own system.
"""

from __future__ import annotations

from typing import Any


class PretendError(Exception):
    """Has the shape of `pywintypes.error`: winerror, funcname, strerror."""

    def __init__(self, winerror: int, funcname: str, strerror: str) -> None:
        super().__init__(winerror, funcname, strerror)
        self.winerror = winerror
        self.funcname = funcname
        self.strerror = strerror


class PretendPywintypes:
    error = PretendError


class PretendCredentialManager:
    """`win32cred`: 2,560 bytes an item, UTF-16; `fail_with` makes every call fail with that Windows error."""

    CRED_TYPE_GENERIC = 1
    CRED_PERSIST_SESSION = 1
    CRED_PERSIST_LOCAL_MACHINE = 2
    CRED_PERSIST_ENTERPRISE = 3

    def __init__(self) -> None:
        self.items: dict[str, dict[str, Any]] = {}
        self.fail_with: int | None = None

    def CredRead(self, *, Type: int, TargetName: str) -> dict[str, Any]:
        self._turn("CredRead")
        if TargetName not in self.items:
            raise PretendError(1168, "CredRead", "Element not found.")
        return dict(self.items[TargetName])

    def CredWrite(self, credential: dict[str, Any], flags: int) -> None:
        self._turn("CredWrite")
        blob = credential["CredentialBlob"].encode("utf-16-le")
        if len(blob) > 2560:
            raise PretendError(1783, "CredWrite", "The stub received bad data.")
        self.items[credential["TargetName"]] = {**credential, "CredentialBlob": blob}

    def CredDelete(self, *, Type: int, TargetName: str) -> None:
        self._turn("CredDelete")
        del self.items[TargetName]

    def _turn(self, name: str) -> None:
        if self.fail_with is not None:
            raise PretendError(self.fail_with, name, "It failed.")


class PretendKeychain:
    """`keyring.backends.macOS.api`; `fail_with` makes every call fail with that OSStatus."""

    class Error(Exception):
        pass

    class NotFound(Error):
        pass

    class KeychainDenied(Error):
        pass

    class SecAuthFailure(Error):
        pass

    def __init__(self) -> None:
        self.items: dict[tuple[str, str], str] = {}
        self.fail_with: int | None = None

    def find_generic_password(self, keychain: None, service: str, username: str) -> str:
        self._turn()
        if (service, username) not in self.items:
            raise self.NotFound(-25300, "Item not found")
        return self.items[service, username]

    def set_generic_password(self, keychain: None, service: str, username: str, password: str) -> None:
        self._turn()
        self.items[service, username] = password

    def delete_generic_password(self, keychain: None, service: str, username: str) -> None:
        self._turn()
        if self.items.pop((service, username), None) is None:
            raise self.NotFound(-25300, "Item not found")

    def _turn(self) -> None:
        kinds = {-128: self.KeychainDenied, -25293: self.SecAuthFailure, -67030: self.SecAuthFailure}
        if self.fail_with is not None:
            raise kinds.get(self.fail_with, self.Error)(self.fail_with, "It failed.")
