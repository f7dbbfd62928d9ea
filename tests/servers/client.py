"""A raw client of the API server: tests look at the cluster with this, not with the code that they test."""

import http.client
import json
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.servers.process import LOOPBACK, wait_until

_PATIENCE = 429
_STALE = (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError)
APPLY = "application/apply-patch+yaml"
MERGE = "application/merge-patch+json"
METADATA_ONLY = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"


class ApiRefused(Exception):
    """The API server refused something that a test needs done."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server answered: the HTTP status and the object (a Status object when it refused)."""

    request: str
    status: int
    body: Any

    @property
    def ok(self) -> bool:
        """Whether it did what was asked."""
        return self.status < 400

    @property
    def message(self) -> str:
        """The sentence of a refusal."""
        return str(self.body.get("message", self.body) if isinstance(self.body, dict) else self.body)

    def must(self) -> Any:
        """The object; raises ApiRefused with the server's own words when there is none."""
        if not self.ok:
            raise ApiRefused(f"{self.request}: {self.status} {self.message}")
        return self.body


class Client:
    """Requests of one user over one kept-alive connection. Not for several threads."""

    def __init__(self, port: int, ca_file: Path, token: str):
        context = ssl.create_default_context(cafile=ca_file)
        self._connection = http.client.HTTPSConnection(LOOPBACK, port, timeout=60, context=context)
        self._token = token

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        content_type: str = "application/json",
        accept: str = "application/json",
    ) -> Answer:
        """One request; a body that is no text is sent as JSON. A refusal is an answer, not an exception.

        A server that asks for patience (429, while the storage of a CRD that has just come starts) is asked again.
        """
        content = body if body is None or isinstance(body, str) else json.dumps(body)
        headers = {"Authorization": f"Bearer {self._token}", "Accept": accept, "Content-Type": content_type}
        answer = self._answer(method, path, content, headers)

        def is_answered() -> bool:
            nonlocal answer
            if answer.status == _PATIENCE:
                answer = self._answer(method, path, content, headers)
            return answer.status != _PATIENCE

        wait_until(is_answered, lambda: f"{answer.request}: {answer.message}")
        return answer

    def _answer(self, method: str, path: str, content: str | None, headers: dict[str, str]) -> Answer:
        try:
            response, text = self._exchange(method, path, content, headers)
        except _STALE:
            response, text = self._exchange(method, path, content, headers)
        is_json = "json" in response.headers.get("Content-Type", "")
        return Answer(f"{method} {path}", response.status, json.loads(text) if is_json else text)

    def _exchange(
        self, method: str, path: str, content: str | None, headers: dict[str, str]
    ) -> tuple[http.client.HTTPResponse, str]:
        """One request and its whole answer. A connection left in the middle (Ctrl-C too) serves no further request."""
        try:
            self._connection.request(method, path, content, headers)
            response = self._connection.getresponse()
            return response, response.read().decode()
        except BaseException:
            self._connection.close()
            raise

    def close(self) -> None:
        """Drop the connection; the next request opens a new one."""
        self._connection.close()
