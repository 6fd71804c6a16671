"""Names of schools: which two are one school's, and which words name none. Every school here is made up."""

from __future__ import annotations

import pytest

from ssrcred.portal.school import is_general, is_school, names_another, names_school, same_school

OWN = ("CAASPP Credentials", "District")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Lincoln Elementary School", "Lincoln Elementary"),
        ("Lincoln Elementary", "Lincoln Elementary School"),
        ("The Lincoln School", "Lincoln"),
        ("CAASPP Credentials for Lincoln", "Lincoln"),
        ("LINCOLN CREDENTIALS", "Lincoln"),
        ("Editing Lincoln. Press Save.", "Lincoln"),
        ("North High has no pair of its own", "North High"),
        ("017 Lincoln (Grades 9-12) 2026-2027", "Lincoln"),
        ("St. Lincoln", "St. Lincoln"),
        ("Lincoln | School Office Menu", "Lincoln"),
        ("Lincoln (017)", "017 - Lincoln"),
        ("Lincoln", "Lincoln 1964733"),
    ],
)
def test_hears_a_school_by_its_name(text: str, name: str) -> None:
    assert names_school(text, name)
    assert not names_another(text, name, own=OWN)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Lincoln High", "Lincoln"),
        ("Lincoln", "Lincoln High"),
        ("High", "Lincoln High"),
        ("CAASPP Credentials - LINCOLN HIGH", "Lincoln"),
        ("Lincoln - High School", "Lincoln"),
        ("Lincoln Junior High", "Lincoln High"),
        ("Lincoln Jr. High", "Lincoln"),
        ("Lincoln Annex", "Lincoln"),
        ("lincoln annex", "Lincoln"),
        ("Lincoln 2", "Lincoln"),
        ("East Lincoln", "Lincoln"),
        ("St. Lincoln", "Lincoln"),
        ("Lincoln-Adams", "Lincoln"),
        ("Lincoln Unified School District", "Lincoln"),
        ("Lincoln School District", "Lincoln"),
        ("CAASPP Credentials: Adams High", "Lincoln"),
    ],
)
def test_takes_no_longer_or_shorter_name_for_a_schools_own(text: str, name: str) -> None:
    assert not names_school(text, name)
    assert names_another(text, name, own=OWN)


@pytest.mark.parametrize("text", ["", "CAASPP Credentials", "District CAASPP Credentials", "Edit", "Adams"])
def test_words_that_may_be_about_any_school_name_neither(text: str) -> None:
    assert not names_school(text, "Lincoln High")
    assert not names_another(text, "Lincoln High", own=OWN)


def test_two_names_of_a_list_are_each_only_their_own() -> None:
    short, long = "Lincoln Elementary", "Lincoln Elementary School"
    assert same_school(short, long)
    assert [names_school(said, short, (long,)) for said in (short, long)] == [True, False]
    assert [names_school(said, long, (short,)) for said in (short, long)] == [False, True]
    assert names_another(long, short, (long,))
    one, other = "017 - Lincoln", "023 - Lincoln"
    assert [names_school(said, one, (other,)) for said in (one, other, "Lincoln")] == [True, False, False]


@pytest.mark.parametrize("said", ["Lincoln High", "Lincoln School", "Academy of the Arts Charter", "LINCOLN MIDDLE"])
def test_knows_a_schools_name(said: str) -> None:
    assert is_school(said)


@pytest.mark.parametrize(
    "said", ["High School", "Junior High", "Grades 9-12 High", "K-8 School", "All", "Lincoln", "a word at school"]
)
def test_a_kind_of_school_or_a_grade_is_no_schools_name(said: str) -> None:
    assert not is_school(said)


@pytest.mark.parametrize(
    ("said", "general"),
    [
        ("Vendor API Credentials", True),
        ("State Score Report Connection 2026-27", True),
        ("CAASPP Credentials", True),
        ("CAASPP Credentials for Lincoln", False),
        ("SFTP Settings", False),
    ],
)
def test_words_of_settings_pages_name_no_school(said: str, general: bool) -> None:
    assert is_general(said, OWN) is general
