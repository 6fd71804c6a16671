"""What is asked of the computer itself: certificates from a real server, permissions, room, versions."""

from __future__ import annotations

import os
import platform
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from ssrcred.adapters.atomic_file import save_new
from ssrcred.adapters.machine import disk, site_certificate
from ssrcred.app import support
from ssrcred.domain.errors import InputRefused, Unreachable, UsageWrong

POSIX = pytest.mark.skipif(os.name == "nt", reason="a mode says nothing on Windows")


class Authority:
    """A made-up authority and a server whose certificate it issued."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pem = folder / "authority.pem"
        self._openssl(
            "req", "-x509", *self._key("authority"), "-subj", "/O=Made-up Filter/CN=Made-up\x07 Root", "-out", self.pem
        )
        self._openssl("req", *self._key("server"), "-subj", "/CN=localhost", "-out", folder / "server.csr")
        self._openssl(
            *("x509", "-req", "-in", folder / "server.csr", "-CA", self.pem, "-CAkey", folder / "authority.key"),
            *("-CAcreateserial", "-days", "2", "-out", folder / "server.pem"),
        )

    def _key(self, name: str) -> tuple[object, ...]:
        return (
            *("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            "-keyout",
            self.folder / f"{name}.key",
        )

    def _openssl(self, *words: object) -> None:
        subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)

    def server_side(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / "server.pem", self.folder / "server.key")
        return context

    def believed(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=str(self.pem))
        context.check_hostname = False
        return context


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def port(authority: Authority) -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        server.handle_error = lambda *_: None  # type: ignore[method-assign]  # a refused handshake is what is wanted
        server.socket = authority.server_side().wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def test_a_certificate_of_a_private_authority_is_named_believed_or_not(port: int, authority: Authority) -> None:
    seen = site_certificate.shown("127.0.0.1", port, ssl.create_default_context())
    assert (seen.issuer, seen.public, seen.trusted) == ("Made-up Filter, Made-up Root", False, False)
    seen = site_certificate.shown("127.0.0.1", port, authority.believed())
    assert (seen.issuer, seen.public, seen.trusted) == ("Made-up Filter, Made-up Root", False, True)


def test_a_certificate_that_the_public_list_leads_to_is_public(port: int, authority: Authority) -> None:
    seen = site_certificate.shown("127.0.0.1", port, ssl.create_default_context(), authorities=authority.pem)
    assert (seen.public, seen.trusted) == (True, True)


def test_a_site_that_is_not_there_has_no_certificate(port: int) -> None:
    with pytest.raises(Unreachable):
        site_certificate.shown("127.0.0.1", 1, ssl.create_default_context())
    # A proxy that refuses the connection onward: this server knows no CONNECT.
    proxy, login = ("127.0.0.1", port), ("someone", "made-up-password")
    with pytest.raises(Unreachable) as caught:
        site_certificate.shown("lincoln.invalid", 443, ssl.create_default_context(), through=proxy, login=login)
    assert "made-up-password" not in caught.value.message + caught.value.hint


def test_what_is_no_certificate_has_no_issuer() -> None:
    assert site_certificate._issuer(b"made-up") == ""


def test_a_name_is_looked_up() -> None:
    assert set(site_certificate.addresses("localhost")) & {"127.0.0.1", "::1"}
    assert site_certificate.addresses("lincoln.invalid") == ()
    assert site_certificate.addresses("a" * 64 + ".example") == ()


@POSIX
def test_only_files_that_others_can_get_at_are_named(tmp_path: Path) -> None:
    closed, opened, folder = tmp_path / "closed", tmp_path / "opened", tmp_path / "folder"
    for path in (closed, opened):
        path.touch(0o600)
    folder.mkdir(0o700)
    (folder / "inner").touch(0o600)
    (folder / "inner").chmod(0o604)
    assert [one.path for one in disk.loose([closed, folder, tmp_path / "missing"])] == [folder / "inner"]
    assert disk.loose([closed], around=[tmp_path, tmp_path]) == ()
    tmp_path.chmod(0o755)  # others may look which files there are
    assert disk.loose([closed], around=[tmp_path]) == ()
    tmp_path.chmod(0o777)
    assert [one.path for one in disk.loose([closed], around=[tmp_path, tmp_path])] == [tmp_path]
    opened.chmod(0o640)
    folder.chmod(0o750)
    found = disk.loose([closed, opened, folder])
    assert [(one.path.name, one.mode, one.wanted, one.ours) for one in found] == [
        ("opened", 0o640, 0o600, True),
        ("folder", 0o750, 0o700, True),
        ("inner", 0o604, 0o600, True),
    ]


def test_a_folder_that_is_not_there_yet_is_looked_at_where_it_would_be_made(tmp_path: Path) -> None:
    found = disk.room(tmp_path / "a" / "b")
    assert found.folder == tmp_path and found.free_bytes > 0 and found.refusal == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a folder that takes no file")
def test_a_folder_that_takes_no_file_says_why() -> None:
    assert disk.room(Path("/proc/self")).refusal != ""


def test_a_new_file_is_this_accounts_alone_and_never_takes_anothers_place(tmp_path: Path) -> None:
    path = tmp_path / "new.md"
    save_new(path, b"made up\n", refused=UsageWrong)
    assert path.read_bytes() == b"made up\n"
    assert os.name == "nt" or path.stat().st_mode & 0o777 == 0o600
    link = tmp_path / "link.md"
    link.symlink_to(tmp_path / "elsewhere.md")
    for taken in (path, link):
        with pytest.raises(UsageWrong, match="already"):
            save_new(taken, b"other")
    assert path.read_bytes() == b"made up\n" and not (tmp_path / "elsewhere.md").exists()
    with pytest.raises(InputRefused, match="cannot be written"):
        save_new(tmp_path / "no" / "folder.md", b"x")


@POSIX
def test_a_text_that_does_not_fit_leaves_nothing_behind(tmp_path: Path) -> None:
    script = (
        "import resource, sys, pathlib, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100));"
        "from ssrcred.adapters.atomic_file import save_new; from ssrcred.domain.errors import UsageWrong\n"
        "try: save_new(pathlib.Path(sys.argv[1]), b'x' * 1000, refused=UsageWrong)\n"
        "except UsageWrong as error: print(error.message)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script, tmp_path / "big.md"], capture_output=True, text=True, check=True
    )
    assert "cannot be written" in ran.stdout and "(file too large)" in ran.stdout
    assert list(tmp_path.iterdir()) == []


def test_versions_are_told_and_no_name_of_this_computer() -> None:
    found = support.versions(("typer", "made-up-library"))
    assert found["typer"][0].isdigit() and found["made-up-library"] == "not installed"
    assert platform.node() not in support.system().values() or platform.node() in ("", "localhost")


def test_who_can_read_a_file_on_windows_is_what_icacls_prints_behind_its_path() -> None:
    path = Path(r"C:\Users\Zoë\pass word.txt")
    printed = f"{path} NT-AUTORITÄT\\SYSTEM:(F)\r\n{' ' * len(str(path))} SCHOOL\\dana:(I)(F)\r\n\r\n1 Dateien …\r\n"
    asked: list[list[str]] = []

    def icacls(argv: Sequence[str]) -> str:
        asked.append(list(argv))
        return printed

    assert disk.access_list(path, icacls) == ("NT-AUTORITÄT\\SYSTEM:(F)", "SCHOOL\\dana:(I)(F)")
    assert asked == [["icacls.exe", str(path)]]
    assert os.name == "nt" or disk.access_list(path) == ()  # no such program
