"""Who may log in to the practice SchoolWise, who has, and who is locked out.

From domain.md: log-in by user name and password, a lock after bad passwords, and administrators see who logged
in. Made up: the threshold (3 by default), that a good log-in sets the count back, and that only an
administrator unlocks. Safe to use from any thread.
"""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from ssrcred.practice import people
from ssrcred.practice.district import Clock


@dataclass(frozen=True)
class LogIn:
    """One try to log in."""

    username: str
    accepted: bool
    at: datetime


class WebUsers:
    """The accounts of SchoolWise."""

    def __init__(self, lock: threading.RLock, now: Clock, lock_after: int) -> None:
        self.lock_after = lock_after
        self._lock = lock
        self._now = now
        self._users = {user.username: user for user in people.WEB_USERS}
        self._bad: Counter[str] = Counter()
        self._log_ins: list[LogIn] = []

    def log_in(self, username: str, password: str) -> people.Account | None:
        """The account, when user name and password are right and it isn't locked."""
        with self._lock:
            user = self._users.get(username)
            accepted = user is not None and user.password == password and not self.locked(username)
            self._log_ins.append(LogIn(username, accepted, self._now()))
            if accepted:
                del self._bad[username]
            else:
                self._bad[username] += 1
            return user if accepted else None

    def locked(self, username: str) -> bool:
        """Whether too many bad passwords were given for this user name."""
        with self._lock:
            return username in self._users and self._bad[username] >= self.lock_after

    def unlock(self) -> None:
        """Let everybody in again."""
        with self._lock:
            self._bad.clear()

    def log_ins(self) -> list[LogIn]:
        """Every try so far, oldest first."""
        with self._lock:
            return list(self._log_ins)

    def find(self, username: str) -> people.Account | None:
        """The account with this user name."""
        return self._users.get(username)

    def with_role(self, role: str) -> list[people.Account]:
        """All accounts of one kind."""
        return [user for user in self._users.values() if user.role == role]
