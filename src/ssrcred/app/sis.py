"""The directory of student information systems, as this LEA has it."""

from __future__ import annotations

from pathlib import Path

from ssrcred.adapters.sis_directory import read_directory
from ssrcred.app.environment import Environment
from ssrcred.domain.errors import UsageWrong
from ssrcred.domain.sis import Directory, System


def own_file(environment: Environment) -> Path:
    """The LEA's own file, which need not exist."""
    return environment.home.config.with_name("sis.toml")


def sis_directory(environment: Environment) -> Directory:
    """The directory, with what the LEA's own file changes. Raises ConfigInvalid."""
    return read_directory(own_file(environment))


def sis_named(directory: Directory, name: str) -> System:
    """The system that is meant, by any of its names. Raises UsageWrong, with the nearest name."""
    found = directory.named(name)
    if found is None:
        near = directory.near(name)
        raise UsageWrong(
            f"The directory has no system '{name}'{f'; did you mean {near}?' if near else '.'}",
            state="Nothing was done.",
            hint=f'To see it: ssrcred sis show "{near}"' if near else "To see all systems: ssrcred sis",
        )
    return found
