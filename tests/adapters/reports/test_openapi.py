"""What is taken over from a service's own description, and above all what is not. Every description is made up."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ssrcred.adapters.reports.openapi import MOST, Shapes, described

API = "https://ssr.example.org/api/v1"
TEXT = {"type": "string"}


def read(document: object) -> Shapes:
    found = described(json.dumps(document).encode(), API)
    assert found is not None
    return found


def open_api(**paths: Any) -> dict[str, Any]:
    """An OpenAPI document with these paths, their slashes written as two underscores."""
    return {"openapi": "3.1.0", "paths": {name.replace("__", "/"): item for name, item in paths.items()}}


def body(kind: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"content": {kind: {"schema": schema}}}}


def fields(*names: str, **constants: str) -> dict[str, Any]:
    inner: dict[str, Any] = dict.fromkeys(names, TEXT)
    inner |= {name: {"enum": [only]} for name, only in constants.items()}
    return {"type": "object", "required": list(inner), "properties": inner}


LOG_IN = {"post": {"summary": "Log in", **body("application/json", fields("userName", "secretKey"))}}


def test_swagger_2_is_read_as_well() -> None:
    user, key = ({"in": "formData", "name": name, "required": True} for name in ("client_id", "client_secret"))
    grant = {"in": "formData", "name": "grant_type", "required": True, "enum": ["client_credentials"]}
    student = {"in": "body", "name": "body", "required": True, "schema": {"$ref": "#/definitions/Query"}}
    found = read(
        {
            "swagger": "2.0",
            "basePath": "/api/v1",
            "securityDefinitions": {"key": {"type": "apiKey", "in": "header", "name": "X-Session"}},
            "definitions": {
                "Query": {"allOf": [{"$ref": "#/definitions/Student"}, fields(format="pdf")]},
                "Student": fields("ssid"),
            },
            "paths": {
                "/oauth/token": {"post": {"parameters": [user, key, grant]}},
                "/reports/search": {"post": {"parameters": [student]}},
            },
        }
    )
    (token,), (report,), (show,) = found.tokens, found.reports, found.shows
    assert token == {
        "says": "as it describes itself, form with client_id and client_secret, POST /oauth/token",
        "path": "/oauth/token",
        "method": "POST",
        "send": "form",
        "username": "client_id",
        "secret": "client_secret",
        "extra": {"grant_type": "client_credentials"},
    }
    assert report["body"] == "ssid" and report["extra"] == {"format": "pdf"} and report["path"] == "/reports/search"
    assert show == {"says": "X-Session", "header": "X-Session", "prefix": ""}


@pytest.mark.parametrize(
    ("servers", "path", "under"),
    [
        (["/api/v1"], "/token", "/token"),
        (["https://ssr.example.org/api/v1/"], "/token", "/token"),
        (["/api"], "/v1/token", "/token"),
        ([], "/api/v1/token", "/token"),
        ([], "/token", "/token"),
        (["/other"], "/token", None),
        (["http://["], "/token", None),
        ([], "//elsewhere.example/token", None),
        ([], "/token?made=up", None),
        ([], "/to ken", None),
    ],
)
def test_a_path_is_taken_when_it_lies_under_the_services_address(
    servers: list[str], path: str, under: str | None
) -> None:
    document = {"openapi": "3.0.0", "servers": [{"url": url} for url in servers], "paths": {path: LOG_IN}}
    assert [shape["path"] for shape in read(document).tokens] == ([] if under is None else [under])


@pytest.mark.parametrize(
    "operation",
    [
        {"summary": "Regenerates the secret key of a log-in"},
        {"summary": "Revokes a token"},
        {"operationId": "changePassword", "summary": "Log in with a new one. Change it."},
        {"description": "Refreshes a session"},
        {"summary": "A new secret for a log-in"},
    ],
    ids=lambda operation: next(iter(operation.values())),
)
def test_what_does_something_else_than_log_in_never_gets_the_pair(operation: dict[str, str]) -> None:
    item = {"post": {**LOG_IN["post"], **operation}}
    assert read(open_api(__auth=item)) == Shapes()


@pytest.mark.parametrize(
    "name", ["__reports__create", "__settings", "__scorereports__delete", "__students__import", "__reportsettings"]
)
def test_what_may_change_something_is_not_asked(name: str) -> None:
    item = {"post": body("application/json", fields("ssid"))}
    assert read(open_api(**{name: item})) == Shapes()


def test_a_request_that_needs_what_nobody_here_knows_is_left_alone() -> None:
    log_in = {"post": {"summary": "Log in", **body("application/json", fields("userName", "secretKey", "tenant"))}}
    number = {"in": "header", "name": "X-Client-Id", "required": True}
    student = {"in": "path", "name": "ssid", "required": True}
    district = {"in": "path", "name": "district", "required": True}
    reports = {"parameters": [student, number], "get": {"summary": "Reports"}}
    both = {"get": {"parameters": [student, district], "summary": "Reports"}}
    of_others = {"get": {"parameters": [student], "summary": "A student's address"}}
    paths = {"__login": log_in, "__reports__{ssid}": reports, "__d__{district}__{ssid}": both, "__s__{ssid}": of_others}
    assert read(open_api(**paths)) == Shapes()


@pytest.mark.parametrize("name", ["user\nName", "userName\x1b[0m", "u" * 61 + "Name", "user Name"])
def test_names_that_are_no_names_are_not_shown_or_sent(name: str) -> None:
    item = {"post": {"summary": "Log in", **body("application/json", fields(name, "userName", "secretKey"))}}
    assert read(open_api(__login=item)) == Shapes()


def test_only_a_few_of_a_kind_are_taken() -> None:
    assert len(read(open_api(**{f"__login{number}": LOG_IN for number in range(50)})).tokens) == MOST


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b'{"paths":{}}', b'{"openapi":"3.0.0"}', b'{"openapi":1,"paths":[]}', b"<html>"]
)
def test_what_is_no_description_is_none(content: bytes) -> None:
    assert described(content, API) is None


KEYS = st.sampled_from(
    [
        *(
            "paths",
            "/token",
            "/reports/{ssid}",
            "get",
            "post",
            "parameters",
            "requestBody",
            "content",
            "schema",
            "$ref",
        ),
        *("application/json", "properties", "required", "allOf", "items", "type", "enum", "in", "name", "username"),
        *("security", "components", "securitySchemes", "servers", "url", "summary"),
    ]
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=5)
    | KEYS
    | st.just("#/paths/~1token")
    | st.just("array"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=25,
)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(KEYS, VALUES), VALUES)
def test_any_description_is_read_without_an_error(paths: dict[str, Any], components: object) -> None:
    described(json.dumps({"openapi": "3.0.0", "paths": paths, "components": components}).encode(), API)


LOOP = {"type": "object", "properties": {name: {"$ref": "#/components/schemas/Loop"} for name in "abcdefgh"}}
WIDE = {"allOf": [{"$ref": "#/components/schemas/Many"}] * 5000}
MANY = {"properties": {f"field{number}": {"$ref": "#/components/schemas/Wide"} for number in range(5000)}}


@pytest.mark.parametrize("name", ["Loop", "Wide", "Self"])
def test_a_description_that_refers_to_itself_without_end_is_left(name: str) -> None:
    # Followed to its end it would take hours, and a test has a limit of time.
    schemas = {"Loop": LOOP, "Wide": WIDE, "Many": MANY, "Self": {"$ref": "#/components/schemas/Self"}}
    item = {"post": body("application/json", {"$ref": f"#/components/schemas/{name}"})}
    document = open_api(**{f"__login{number}": item for number in range(400)})
    assert read({**document, "components": {"schemas": schemas}}) == Shapes()
