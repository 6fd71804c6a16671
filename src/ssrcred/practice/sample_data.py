"""Everybody and every school in the practice district, all of it made up and all of it marked so.

Names, passwords, codes and identifiers are invented: the state numbers no student 90000000xx for us and no such
district exists at this code. The passwords hold characters that careless form handling breaks (&, +, %).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

DISTRICT = "Lincoln Unified School District"
CDS = "19647330000000"


@dataclass(frozen=True)
class School:
    """One school of the district and its own 14-digit CDS code."""

    code: str
    name: str


@dataclass(frozen=True)
class Account:
    """Somebody who can sign in; `role` says where, and what they see there."""

    username: str
    password: str = field(repr=False)
    name: str
    role: str


@dataclass(frozen=True)
class Student:
    """A student: `ours` is false for one whom CALPADS has at another LEA, `reports` counts the years with an SSR."""

    ssid: str
    name: str
    school: str
    family: tuple[str, ...]
    reports: int = 3
    ours: bool = True


SCHOOLS = (
    School("19647331990001", "Lincoln High School"),
    School("19647336990002", "Franklin Middle School"),
    School("19647336990003", "Washington Elementary School"),
    School("19647330990004", "Lincoln Charter Academy"),
)

TOMS_ACCOUNTS = (
    Account("dana.reyes@lincoln.example", "Toms+practice&1", "Dana Reyes", "coordinator"),
    Account("sam.okafor@lincoln.example", "Toms%practice=2", "Sam Okafor", "coordinator"),
)

WEB_USERS = (
    Account("itstaff", "Office & staff+1%", "Terry Nguyen", "office"),
    Account("parent1", "Parent+one&1", "Alex Rivera", "parent"),
    Account("parent2", "Parent+two&2", "Jordan Lee", "parent"),
    Account("parent3", "Parent+three&3", "Casey Brown", "parent"),
    Account("parent4", "Parent+four&4", "Robin Garcia", "parent"),
    Account("parent5", "Parent+five&5", "Morgan Patel", "parent"),
    Account("parent6", "Parent+six&6", "Taylor Kim", "parent"),
    Account("student1", "Student+one&1", "Ari Rivera", "student"),
)

STUDENTS = (
    Student("9000000001", "Ari Rivera", SCHOOLS[0].name, ("parent1", "student1")),
    Student("9000000002", "Bo Lee", SCHOOLS[1].name, ("parent2",)),
    Student("9000000003", "Cam Brown", SCHOOLS[2].name, ("parent3",)),
    Student("9000000004", "Dee Garcia", SCHOOLS[3].name, ("parent4",)),
    Student("9000000005", "Eli Patel", SCHOOLS[0].name, ("parent5",), reports=0),
    Student("9000000099", "Fin Kim", SCHOOLS[0].name, ("parent6",), ours=False),
)


_USERS = {user.username: user for user in WEB_USERS}
_PARENTS = {school.name: _USERS[f"parent{number}"] for number, school in enumerate(SCHOOLS, start=1)}


@dataclass(frozen=True)
class Accounts:
    """The accounts of the practice district, by what one needs them for."""

    coordinator: Account = TOMS_ACCOUNTS[0]
    second_coordinator: Account = TOMS_ACCOUNTS[1]
    office: Account = _USERS["itstaff"]
    parent: Account = _USERS["parent1"]
    parents: Mapping[str, Account] = field(default_factory=lambda: MappingProxyType(_PARENTS))
    student: Account = _USERS["student1"]
    parent_without_report: Account = _USERS["parent5"]
    parent_elsewhere: Account = _USERS["parent6"]


def student(ssid: str) -> Student | None:
    """The student with this SSID, if there is one anywhere in the practice state."""
    return next((one for one in STUDENTS if one.ssid == ssid), None)
