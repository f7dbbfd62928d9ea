"""The lines of an answer that goes on: one JSON document each, as a watch sends them."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import urllib3

from kubectl_mtls.errors import Unreachable
from kubectl_mtls.kube.response import Response, json_object

_PIECE = 1 << 16
_LONGEST = 1 << 25


class Stream:
    """An open answer. `status` is there at once; `refusal` is an answer instead of lines."""

    def __init__(
        self, raw: urllib3.BaseHTTPResponse, lost: Callable[[urllib3.exceptions.HTTPError], Unreachable]
    ) -> None:
        self.status = raw.status
        self._raw = raw
        self._lost = lost

    @property
    def has_lines(self) -> bool:
        """Whether it is what was asked for, as far as one can tell before the first line."""
        return self.status < 300 and self._raw.headers.get("Content-Type", "").startswith("application/json")

    def refusal(self) -> Response:
        """The answer, at most its first piece."""
        try:
            return Response(self.status, self._raw.read1(_PIECE), self._raw.headers)
        except urllib3.exceptions.HTTPError as error:
            raise self._lost(error) from None
        finally:
            self.close()

    def objects(self) -> Iterator[dict[str, Any]]:
        """Each line as it comes, until the server ends. Raises Unreachable when it breaks or is no JSON object."""
        rest = b""
        try:
            while piece := self._raw.read1(_PIECE):
                *lines, rest = (rest + piece).split(b"\n")
                if len(rest) > _LONGEST:
                    raise Unreachable("the API server sends an object without an end")
                for line in lines:
                    yield _parse(line)
            if rest:
                yield _parse(rest)
        except urllib3.exceptions.HTTPError as error:
            raise self._lost(error) from None
        finally:
            self.close()

    def close(self) -> None:
        """End it; from another thread it ends the reading too."""
        with suppress(OSError, ValueError, RuntimeError, urllib3.exceptions.HTTPError):
            self._raw.shutdown()
        with suppress(OSError, ValueError, urllib3.exceptions.HTTPError):
            self._raw.close()


def _parse(line: bytes) -> dict[str, Any]:
    found = json_object(line)
    if found is None:
        raise Unreachable("the API server sends something else than objects")
    return found
