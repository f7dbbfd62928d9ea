"""What the API server answered to one request, whatever the status."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson


@dataclass(frozen=True, slots=True)
class Response:
    """Status, bytes and headers (names in any case). `body` may hold a Secret and is never shown.

    `is_taken` says that the body was taken piece by piece while it came, and is not here.
    """

    status: int
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    is_taken: bool = False


def json_object(body: bytes) -> dict[str, Any] | None:
    """The JSON object that a body is; None where it is anything else."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None


class Undecodable(Exception):
    """The body is not what was asked for. The message goes on after "the API server's answer"."""
