"""Runs inside mitmproxy: sends what is for a made-up name to a server on this computer, and nothing anywhere else.

`steer.json`, beside mitmproxy's certificates, says which port each name is at.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any


def request(flow: Any) -> None:
    """Called for each request, once it is decrypted."""
    ports = json.loads((Path(os.environ["STEER"]) / "steer.json").read_text("utf-8"))
    asked_for = flow.request.host_header
    flow.request.scheme = "http"
    flow.request.port = ports[flow.request.host]
    flow.request.host = "127.0.0.1"
    flow.request.host_header = asked_for


def server_connect(data: Any) -> None:
    """Called before each connection onward."""
    if data.server.address[0] != "127.0.0.1":
        data.server.error = "only this computer"
