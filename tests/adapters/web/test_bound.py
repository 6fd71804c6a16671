"""The fuse of a request: what it has in its hands is cut when the time is up, and so is what comes after."""

from __future__ import annotations

import socket
from dataclasses import dataclass

import pytest

from ssrcred.adapters.web.bound import Fuse


@dataclass(frozen=True)
class Opened:
    """What httpcore's trace hook is given: a stream that knows its socket."""

    socket: socket.socket

    def get_extra_info(self, name: str) -> object:
        return {"socket": self.socket}[name]


@pytest.mark.parametrize("event", ["connection.connect_tcp.complete", "http11.start_tls.complete"])
@pytest.mark.parametrize("late", [False, True])
def test_a_connection_is_cut_whether_it_was_opened_before_or_after_the_time_was_up(event: str, late: bool) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(60)
        theirs.settimeout(60)
        with Fuse(0.01 if late else 0.2) as fuse:
            if late:
                fuse._timer.join(60)
            fuse.watch(event, {"return_value": Opened(ours)})
            assert theirs.recv(1) == b""  # it would wait for a minute, and fail
            assert fuse.blown


def test_a_fuse_that_was_not_needed_cuts_nothing() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        with Fuse(600) as fuse:
            fuse.watch("connection.connect_tcp.complete", {"return_value": Opened(ours)})
        fuse._timer.join(60)
        ours.sendall(b"x")
        assert theirs.recv(1) == b"x"
        assert not fuse.blown
