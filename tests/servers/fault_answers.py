"""Answers that no healthy API server gives: status, headers and body for each fault that is an answer at all."""

import json
import random
from typing import Any

HOSTILE = "\x1b[2J\x1b]0;owned\x07\u202eevil\u2066 \r\nerror: forged\x9b31m" + "x" * 100_000
WARNING = '299 - "pods v1 are old \\"hat\\"", 299 - "evil \xc2\x9b31m"'
REASONS = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    409: "Conflict",
    410: "Expired",
    429: "TooManyRequests",
    500: "InternalError",
    503: "ServiceUnavailable",
    504: "Timeout",
}
_JSON = {"Content-Type": "application/json"}
_CONTENT: dict[str, tuple[dict[str, str], bytes]] = {
    "html": ({"Content-Type": "text/html"}, b"<!doctype html><title>Log in to the guest network</title>"),
    "noise": (_JSON, random.Random(7).randbytes(4000)),
    "empty": (_JSON, b""),
    "object": (_JSON, b"{}"),
    "list-of-nothing": (_JSON, b"[null, 1]"),
    "status": (_JSON, json.dumps({"kind": "Status", "apiVersion": "v1", "status": "Success"}).encode()),
    "bad-gzip": ({**_JSON, "Content-Encoding": "gzip"}, b"this was never packed"),
    "null-items": (_JSON, json.dumps({"kind": "PodList", "apiVersion": "v1", "items": [None, "x", 1]}).encode()),
    "gone": (
        _JSON,
        json.dumps({"type": "ERROR", "object": {"kind": "Status", "code": 410, "reason": "Expired"}}).encode() + b"\n",
    ),
}


def odd_answer(fault: str) -> tuple[int, dict[str, str], bytes]:
    """What is answered instead of the truth."""
    if fault in _CONTENT:
        return 200, *_CONTENT[fault]
    if fault == "hostile":
        return 500, _JSON, _status(500, HOSTILE)
    if fault == "404":
        return 404, {"Content-Type": "text/plain"}, b"404 page not found\n"
    code, _, wait = fault.partition("-")
    headers: dict[str, Any] = {**_JSON}
    if code == "302":
        headers = {"Location": "https://login.example/"}
    if wait:
        headers["Retry-After"] = "3600" if wait == "wait-long" else "1"
    return int(code), headers, _status(int(code), "this is a fault of the test")


def _status(code: int, message: str) -> bytes:
    status = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "message": message}
    return json.dumps(status | {"reason": REASONS.get(code, "")}).encode()
