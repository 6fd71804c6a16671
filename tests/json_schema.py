"""Holds every JSON document that a test sees against its published schema."""

from __future__ import annotations

import json
import os
from functools import cache
from importlib.util import find_spec
from typing import Any

from ssrcred.output.schema import DOCUMENTS, schema


@cache
def _validator(name: str) -> Any:
    from jsonschema import Draft202012Validator

    return Draft202012Validator(schema(name))


def problems(document: dict[str, Any]) -> list[str]:
    """What is wrong with a document, each problem with the place where it is."""
    name = str(document["schema"]).removeprefix("ssrcred.").removesuffix("/1")
    if name not in DOCUMENTS:
        return [f"no schema is published for {document['schema']}"]
    return [f"{error.json_path}: {error.message}" for error in _validator(name).iter_errors(document)]


def check_document(text: str) -> None:
    """Fail the test if `text`, of a stream or a file, is one of our documents and does not fit its schema."""
    if not text.lstrip().startswith('{\n  "schema": "ssrcred.'):
        return
    if find_spec("jsonschema") is None and os.environ.get("CI") != "true":
        return  # the rule for real parts (conftest.py): who has not installed it tests the rest
    found = problems(json.loads(text))
    assert not found, "\n".join([*found, text])
