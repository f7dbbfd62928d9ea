"""What one piece of the cluster holds from now on: listed once, then kept up to date by a watch, without polling.

The order of things is client-go's reflector (`tools/cache/reflector.go`): list, watch from the list's resourceVersion,
take bookmarks so that the version never grows old, go on from the last version when the connection breaks or the
server ends the watch, and list again when that version has expired (410).
"""

from collections.abc import Callable, Iterator
from threading import Lock
from typing import Any

import orjson

from kubectl_mtls.errors import Forbidden, MtlsError, Unreachable
from kubectl_mtls.kube.api import Api
from kubectl_mtls.kube.coding import Coding
from kubectl_mtls.kube.failures import failure
from kubectl_mtls.kube.listing import Piece, read_piece, selectors
from kubectl_mtls.kube.path import api_path
from kubectl_mtls.kube.response import Response
from kubectl_mtls.model.origin import ApiOrigin
from kubectl_mtls.model.reading import Document

SERVER_ENDS = 300
"""Seconds after which the API server ends a watch by itself; it goes on from where it was."""
SILENCE = 100
"""Seconds without a byte after which a connection is taken for dead: bookmarks come about every minute."""

_METADATA_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"


_ORIGIN = ApiOrigin()


class Expired(Exception):
    """The resourceVersion is too old: everything has to be listed again."""


class Kept:
    """The objects of one piece as last heard of. Thread-safe."""

    def __init__(self, piece: Piece, version: str) -> None:
        self.piece = piece
        self._version = version
        self._coding = Coding(piece.kind)
        self._lock = Lock()
        self._documents: dict[tuple[str, str], Document] = {}
        self._error: MtlsError | None = None
        self._listed = False
        self._since: str | None = None
        self._path = api_path(piece.kind, version, piece.namespace)

    def outcome(self) -> tuple[list[Document], MtlsError | None]:
        """All objects in the order of a list, or why there are none."""
        with self._lock:
            return [self._documents[key] for key in sorted(self._documents)], self._error

    @property
    def is_current(self) -> bool:
        """Whether there is a version to watch from."""
        return self._since is not None

    def read(self, api: Api) -> None:
        """List it. Its version is asked for before: what happens in between is heard of twice, never missed.

        When the API server does not answer, what was there before stays.
        """
        since, error = self._ask_version(api)
        documents: list[Document] = []
        if error is None or isinstance(error, Forbidden):
            documents, error = read_piece(api, self.piece, self._version)
        with self._lock:
            self._since = since if error is None else None
            if self._listed and isinstance(error, Unreachable):
                return
            self._listed, self._error = error is None, error
            self._documents = {_key(document): document for document in documents}

    def follow(self, api: Api, opened: Callable[[], None]) -> Iterator[None]:
        """Watch from the last version on; yields after each change.

        Ends when the server ends it. Raises Expired, and Unauthorized, Forbidden and Unreachable.
        """
        query = selectors(self.piece) | {
            "watch": "true",
            "allowWatchBookmarks": "true",
            "resourceVersion": self._since or "",
            "timeoutSeconds": str(SERVER_ENDS),
        }
        stream = api.stream(self._path, query, SILENCE)
        if stream.status in (404, 410):
            stream.close()
            self._since = None
            raise Expired
        if stream.status >= 300:
            raise failure(stream.refusal(), "watch", self.piece.kind, self.piece.namespace, self.piece.name)
        if not stream.has_lines:
            stream.close()
            raise Unreachable("what answers a watch is no API server")
        opened()
        for event in stream.objects():
            if self._take(event):
                yield

    def _take(self, event: dict[str, Any]) -> bool:
        """Whether the event changed an object."""
        found, manifest = event.get("type"), event.get("object")
        if not isinstance(manifest, dict):
            raise Unreachable("the API server sends something else than events")
        if found == "ERROR":
            if manifest.get("code") == 410 or manifest.get("reason") in ("Expired", "Gone"):
                self._since = None
                raise Expired
            raise Unreachable(f"the API server ends a watch: {str(manifest.get('message'))[:200]}")
        metadata = manifest.get("metadata")
        if found not in ("ADDED", "MODIFIED", "DELETED", "BOOKMARK") or not isinstance(metadata, dict):
            raise Unreachable("the API server sends something else than events")
        with self._lock:
            self._since = str(metadata.get("resourceVersion") or self._since)
            if found == "BOOKMARK":
                return False
            document = self._document(manifest)
            if found == "DELETED":
                return self._documents.pop(_key(document), None) is not None
            self._documents[_key(document)] = document
        return True

    def _document(self, manifest: dict[str, Any]) -> Document:
        """The object in the form that a list gives it: `Coding` decides what is kept of it."""
        kept = self._coding.object(Response(200, orjson.dumps(manifest)))
        kind = self.piece.kind
        api_version = f"{kind.group}/{self._version}" if kind.group else self._version
        return Document({"apiVersion": api_version, "kind": kind.name, **kept}, _ORIGIN)

    def _ask_version(self, api: Api) -> tuple[str | None, MtlsError | None]:
        try:
            response = api.request(
                "GET", self._path, query=selectors(self.piece) | {"limit": "1"}, accept=_METADATA_ONLY
            )
        except Unreachable as error:
            return None, error
        if response.status >= 300:
            return None, failure(response, "list", self.piece.kind, self.piece.namespace, self.piece.name)
        return _version_in(response.body), None


def _version_in(body: bytes) -> str | None:
    try:
        found = orjson.loads(body)["metadata"]["resourceVersion"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return None
    return found if isinstance(found, str) else None


def _key(document: Document) -> tuple[str, str]:
    metadata = document.manifest.get("metadata") or {}
    return str(metadata.get("namespace") or ""), str(metadata.get("name") or "")
