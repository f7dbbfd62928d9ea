"""How one request is sent to the API server and answered: bytes in, bytes out, from any thread."""

import re
from collections.abc import Callable, Mapping
from threading import Lock
from urllib.parse import urlencode

import urllib3

from kubectl_mtls.kube.failures import unreachable
from kubectl_mtls.kube.response import Response

RequestLog = Callable[[str, str, int, float], None]
"""Called with method, path, status (0: no answer) and milliseconds."""

ATTEMPTS = 5
_RETRIED = frozenset({429, 500, 502, 503, 504})
_WARNING = re.compile(r'\d{3} \S+ "((?:[^"\\]|\\.)*)"')
_MAX_WARNINGS = 100


class Api:
    """One API server with one identity. Thread-safe. `namespace` is the one a command acts in without -A."""

    def __init__(
        self,
        pool: urllib3.PoolManager,
        server: str,
        namespace: str,
        context: str | None,
        headers: tuple[tuple[str, str], ...],
        timeout: float | None,
        log: RequestLog | None,
        sleep: Callable[[float], None],
        monotonic: Callable[[], float],
    ) -> None:
        self.server = server
        self.namespace = namespace
        self.context = context
        self._pool = pool
        self._headers = headers
        self._timeout = timeout
        self._log = log
        self._sleep = sleep
        self._monotonic = monotonic
        self._warnings: dict[str, None] = {}
        self._lock = Lock()

    def __repr__(self) -> str:
        return f"Api({self.server})"

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the API server warned of in `Warning:` headers, each text once, in the order it came."""
        with self._lock:
            return tuple(self._warnings)

    def request(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        content_type: str | None = None,
        query: Mapping[str, str] | None = None,
        accept: str = "application/json",
    ) -> Response:
        """Send one request; an answer of any status is returned.

        A GET is tried up to five times on a lost connection, 429 and 5xx, inside the request's time-out; a write is
        sent once. Raises Unreachable when there is no answer.
        """
        url = self.server + path + ("?" + urlencode(query) if query else "")
        headers = urllib3.HTTPHeaderDict(self._headers)
        headers["Accept"] = accept
        if content_type:
            headers["Content-Type"] = content_type
        ends_at = None if self._timeout is None else self._monotonic() + self._timeout
        for attempt in range(ATTEMPTS if method == "GET" else 1):
            final = attempt == ATTEMPTS - 1 or method != "GET"
            answer = self._send(method, path, url, headers, body, ends_at)
            if isinstance(answer, Response):
                if final or answer.status not in _RETRIED:
                    return answer
            elif final or not _is_passing(answer):
                raise unreachable(self.server, method, answer, self._timeout) from None
            pause = _pause(attempt, answer)
            if ends_at is not None and self._monotonic() + pause >= ends_at:
                if isinstance(answer, Response):
                    return answer
                raise unreachable(self.server, method, answer, self._timeout) from None
            self._sleep(pause)
        raise AssertionError("the last attempt returns or raises")

    def _send(
        self,
        method: str,
        path: str,
        url: str,
        headers: urllib3.HTTPHeaderDict,
        body: bytes | None,
        ends_at: float | None,
    ) -> Response | urllib3.exceptions.HTTPError:
        started_at = self._monotonic()
        left = None if ends_at is None else max(0.001, ends_at - started_at)
        status = 0
        try:
            raw = self._pool.request(
                method,
                url,
                body=body,
                headers=headers,
                timeout=urllib3.Timeout(connect=left, read=left),
                retries=False,
                redirect=False,
            )
            status = raw.status
            self._collect_warnings(raw.headers.getlist("Warning"))
            return Response(status, raw.data, raw.headers)
        except urllib3.exceptions.HTTPError as error:
            return error
        finally:
            if self._log:
                self._log(method, path, status, (self._monotonic() - started_at) * 1000)

    def _collect_warnings(self, values: list[str]) -> None:
        for value in values:
            for match in _WARNING.finditer(value):
                text = re.sub(r"\\(.)", r"\1", match[1])
                with self._lock:
                    if len(self._warnings) < _MAX_WARNINGS:
                        self._warnings.setdefault(text)


def _is_passing(error: urllib3.exceptions.HTTPError) -> bool:
    """Whether a second try may well work: the connection was lost, not refused, refused trust or out of time."""
    return isinstance(error, urllib3.exceptions.ProtocolError)


def _pause(attempt: int, answer: Response | urllib3.exceptions.HTTPError) -> float:
    """Seconds before the next attempt: what Retry-After says, else 0.1, 0.2, 0.4, 0.8."""
    if isinstance(answer, Response):
        told = answer.headers.get("Retry-After", "")
        if told.isdecimal():
            return float(told)
    return float(0.1 * 2**attempt)
