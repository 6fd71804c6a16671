"""The student information systems (SIS) that can use the credentials: what is published of each, and who says so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final

from ssrcred.domain.errors import SCHOOLWISE, nearest

# How `ssrcred` can operate a system.
DRIVERS: Final = ("http", "browser", "hand")


class SourceKind(StrEnum):
    """How well something is known."""

    FACT = "fact"  # the state, or the vendor in its own guide, has published it
    REPORTED = "reported"  # an old page, or one that another page contradicts
    OWN = "own"  # the LEA's own file
    NOT_PUBLISHED = "not_published"


class Cers(StrEnum):
    """Whether a system is integrated with CERS, in the words of the state's table."""

    YES = "yes"
    PENDING = "pending"
    NO = "no"


class Trial(StrEnum):
    """What `ssrcred` has been tried on, of one system."""

    NO = "no"
    PRACTICE = "practice"  # the simulated district only


@dataclass(frozen=True)
class Source:
    """Who says something: where it is published and when, as far as the page says, and when it was read."""

    kind: SourceKind
    name: str = ""
    address: str = ""
    published: str = ""
    read_on: date | None = None


UNPUBLISHED: Final = Source(SourceKind.NOT_PUBLISHED)
OWN: Final = Source(SourceKind.OWN, "your own sis.toml")


@dataclass(frozen=True)
class Fact:
    """One thing that is known of a system, and the key of its source; nothing is known where it says ""."""

    says: str = ""
    source: str = ""

    def contradictions(self) -> Iterator[str]:
        """A text that would act on the terminal it is shown on."""
        if not self.says.isprintable():
            yield "says: has a character in it that cannot be printed"


@dataclass(frozen=True)
class System:
    """One system: what is published of it (its facts), and what `ssrcred` can do there."""

    name: str
    names: tuple[str, ...] = ()  # other names that people use for it
    cers: Fact = Fact()
    contact: Fact = Fact()
    where: Fact = Fact()  # the page of the product that takes the credentials
    fields: Fact = Fact()  # its fields for them
    schools: Fact = Fact()  # whether a school can have credentials of its own
    test: Fact = Fact()  # its button that tests them
    cache: Fact = Fact()  # how long it may use the former ones
    ssr: Fact = Fact()
    lexile_quantile: Fact = Fact()
    note: Fact = Fact()
    drivers: tuple[str, ...] = DRIVERS
    map: str = "generic"
    tried: Trial = Trial.NO
    key: str = field(default="", metadata={"key": None})

    def contradictions(self) -> Iterator[str]:
        """Words that only a part of the state's table can have, drivers that do not exist, and an unprintable name."""
        if self.cers.says and self.cers.says not in tuple(Cers):
            yield f"cers.says: must be {', '.join(Cers)}, or empty"
        if not set(self.drivers) <= set(DRIVERS):
            yield f"drivers: must be of {', '.join(DRIVERS)}"
        if not self.name or not all(name.isprintable() for name in (self.name, *self.names)):
            yield "name: must be one line of text, and so must each of names"

    @property
    def facts(self) -> dict[str, Fact]:
        """Every fact by its key, in the order in which they are shown."""
        return {name: value for name, value in vars(self).items() if isinstance(value, Fact)}

    @property
    def section(self) -> dict[str, str]:
        """What an LEA's [schoolwise] says to have this system: nothing for SchoolWise, which it is without."""
        if self.name == SCHOOLWISE:
            return {}
        return {"sis": self.name, "map": self.map, "driver": self.drivers[0]}

    @property
    def called(self) -> tuple[str, ...]:
        """Every name that it can be asked for by."""
        return (self.name, self.key, *self.names)


@dataclass(frozen=True)
class Directory:
    """All systems by their key, and the sources of their facts by theirs."""

    system: Mapping[str, System]
    source: Mapping[str, Source] = field(default_factory=dict)

    def contradictions(self) -> Iterator[str]:
        """Facts of a source that is not there."""
        for key, system in self.system.items():
            for name, fact in system.facts.items():
                if fact.source and fact.source not in self.source:
                    yield f"system.{key}.{name}.source: there is no [source.{fact.source}]"

    def source_of(self, fact: Fact) -> Source:
        """Who says it; what names no source is of the LEA's own file."""
        if not fact.says:
            return UNPUBLISHED
        return self.source[fact.source] if fact.source else OWN

    def named(self, name: str) -> System | None:
        """The system with this name, whatever its capitals; None where there is none."""
        wanted = name.casefold().strip()
        return next(
            (one for one in self.system.values() if wanted in (called.casefold() for called in one.called)), None
        )

    def near(self, name: str) -> str:
        """The name of the system that was probably meant by another one; "" where none is like it."""
        names = {called: one.name for one in self.system.values() for called in one.called}
        return names.get(nearest(name, names), "")


AUTHORIZED: Final = (
    "In TOMS, Credentialing tab, check that the vendor is authorized for your LEA: Authorization to Release Student "
    "Data to Vendors. It is, if parents see score reports in the vendor's portal."
)
BY_HAND: Final = "Upload the rosters by hand: in CERS, Manage Student Groups."


def next_steps(system: System) -> tuple[str, ...]:
    """What an LEA does next to have its rosters in CERS."""
    contact = system.contact.says or f"the vendor of {system.name}"
    match system.cers.says:
        case Cers.YES:
            return (AUTHORIZED, f"Then contact {contact}: ask for the integration with CERS to be set up.")
        case Cers.PENDING:
            asked = f"Then contact {contact}: ask whether the integration with CERS can be set up yet."
            return (AUTHORIZED, asked, f"Until then, {BY_HAND[0].lower()}{BY_HAND[1:]}")
        case Cers.NO:
            return (
                BY_HAND,
                "For an integration, your LEA or the vendor can start: send the SIS\N{EN DASH}CERS Request Form.",
            )
    return (f"The state's table does not list it. Ask {contact} whether it sends rosters to CERS.",)
