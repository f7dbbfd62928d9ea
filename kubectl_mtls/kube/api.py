"""How one request is sent to the API server and answered: bytes in, bytes out, from any thread.

What a busy or broken server does is borne here: a GET is tried again on a lost connection, 429 and 5xx, with growing
pauses in which no two clients agree (or those that Retry-After asks for), and all of it ends with the request's
time-out, a body that only trickles in included.
"""

import copy
import zlib
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import urlencode

import urllib3

from kubectl_mtls.errors import Unreachable
from kubectl_mtls.kube.failures import unreachable
from kubectl_mtls.kube.packing import encoding_of, unpack, unpacker
from kubectl_mtls.kube.patience import ATTEMPTS, is_passing, pause
from kubectl_mtls.kube.response import Response
from kubectl_mtls.kube.stream import Stream
from kubectl_mtls.kube.warnings import Warnings

RequestLog = Callable[[str, str, int, float], None]
"""Called with method, path, status (0: no answer) and milliseconds."""

Take = Callable[[], Callable[[bytes], None]]
"""Makes what is fed a body piece by piece, an empty piece at its end."""

_PIECE = 1 << 18


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
        chance: Callable[[], float],
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
        self._chance = chance
        self._ends_at: float | None = None
        self._warnings = Warnings()

    def __repr__(self) -> str:
        return f"Api({self.server})"

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the API server warned of in `Warning:` headers, each text once, in the order it came."""
        return self._warnings.texts()

    @property
    def timeout(self) -> float | None:
        """Seconds that one request may take with all its attempts; None for no limit."""
        return self._timeout

    def seconds(self) -> float:
        """A clock that only counts."""
        return self._monotonic()

    def limited(self, seconds: float | None) -> "Api":
        """The same server and identity (and the same warnings), whose requests all end within so many seconds."""
        limited = copy.copy(self)
        limited._ends_at = None if seconds is None else self._monotonic() + seconds
        return limited

    def request(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        content_type: str | None = None,
        query: Mapping[str, str] | None = None,
        accept: str = "application/json",
        take: Take | None = None,
        attempts: int = ATTEMPTS,
    ) -> Response:
        """Send one request; an answer of any status is returned.

        `take` is asked, at each attempt, for what is fed the body of an answer in protobuf piece by piece.

        A GET is tried up to `attempts` times on a lost connection, 429 and 5xx, inside the request's time-out; a write
        is sent once. Raises Unreachable when there is no answer.
        """
        url = self.server + path + ("?" + urlencode(query) if query else "")
        headers = self._headers_for(accept, content_type)
        ends_at = self._end()
        answer = self._send(method, path, url, headers, body, ends_at, take)
        for attempt in range(attempts - 1 if method == "GET" else 0):
            wait = pause(attempt, answer, self._chance)
            if not is_passing(answer) or (ends_at is not None and self._monotonic() + wait >= ends_at):
                break
            self._sleep(wait)
            answer = self._send(method, path, url, headers, body, ends_at, take)
        if isinstance(answer, Response):
            return answer
        raise unreachable(self.server, method, answer, self._timeout) from None

    def stream(self, path: str, query: Mapping[str, str], silence: float) -> Stream:
        """Open an answer that goes on; it is lost after so many seconds without a byte. Raises Unreachable."""
        url = f"{self.server}{path}?{urlencode(query)}"
        started_at, status = self._monotonic(), 0

        def lost(error: urllib3.exceptions.HTTPError) -> Unreachable:
            return unreachable(self.server, "GET", error, silence)

        try:
            timeout = urllib3.Timeout(connect=self._timeout, read=silence)
            raw = self._open("GET", url, self._headers_for("application/json"), None, timeout)
            status = raw.status
            return Stream(raw, lost)
        except urllib3.exceptions.HTTPError as error:
            raise lost(error) from None
        finally:
            if self._log:
                self._log("GET", path, status, (self._monotonic() - started_at) * 1000)

    def _end(self) -> float | None:
        """When a request that starts now must have ended."""
        ends = [] if self._timeout is None else [self._monotonic() + self._timeout]
        return min((*ends, *([] if self._ends_at is None else [self._ends_at])), default=None)

    def _headers_for(self, accept: str, content_type: str | None = None) -> urllib3.HTTPHeaderDict:
        headers = urllib3.HTTPHeaderDict(self._headers)
        headers["Accept"] = accept
        if content_type:
            headers["Content-Type"] = content_type
        return headers

    def _send(
        self,
        method: str,
        path: str,
        url: str,
        headers: urllib3.HTTPHeaderDict,
        body: bytes | None,
        ends_at: float | None,
        take: Take | None,
    ) -> Response | urllib3.exceptions.HTTPError:
        started_at = self._monotonic()
        left = None if ends_at is None else max(0.001, ends_at - started_at)
        status = 0
        try:
            raw = self._open(method, url, headers, body, urllib3.Timeout(connect=left, read=left))
            is_taken = take is not None and raw.status == 200 and _is_protobuf(raw)
            if take is not None and is_taken:
                self._feed(raw, ends_at, take())
            content = b"" if is_taken else unpack(b"".join(self._pieces(raw, ends_at)), encoding_of(raw))
            status = raw.status
            return Response(status, content, raw.headers, is_taken)
        except urllib3.exceptions.HTTPError as error:
            return error
        finally:
            if self._log:
                self._log(method, path, status, (self._monotonic() - started_at) * 1000)

    def _open(
        self, method: str, url: str, headers: urllib3.HTTPHeaderDict, body: bytes | None, timeout: urllib3.Timeout
    ) -> urllib3.BaseHTTPResponse:
        """The answer up to its headers."""
        raw = self._pool.request(
            method,
            url,
            body=body,
            headers=headers,
            timeout=timeout,
            retries=False,
            redirect=False,
            preload_content=False,
        )
        self._warnings.collect(raw.headers.getlist("Warning"))
        return raw

    def _feed(self, raw: urllib3.BaseHTTPResponse, ends_at: float | None, feed: Callable[[bytes], None]) -> None:
        """Hand the body on while it comes. What `feed` raises ends the connection."""
        take_out = unpacker(encoding_of(raw))
        try:
            for piece in self._pieces(raw, ends_at):
                if content := take_out(piece):
                    feed(content)
            feed(b"")
        except zlib.error as error:
            raise urllib3.exceptions.DecodeError(str(error)) from error
        finally:
            raw.close()

    def _pieces(self, raw: urllib3.BaseHTTPResponse, ends_at: float | None) -> Iterator[bytes]:
        """The body as it is sent. The socket's time-out starts anew with every byte, so a trickle would never end."""
        while piece := raw.read1(_PIECE, decode_content=False):
            yield piece
            if ends_at is not None and self._monotonic() > ends_at:
                raw.close()
                raise urllib3.exceptions.TimeoutError
        raw.release_conn()


def _is_protobuf(raw: urllib3.BaseHTTPResponse) -> bool:
    return raw.headers.get("Content-Type", "").startswith("application/vnd.kubernetes.protobuf")
