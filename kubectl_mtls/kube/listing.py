"""How one object or one list is read: paged, restarted when it expires, each item a Document."""

from dataclasses import dataclass
from typing import Any

import orjson

from kubectl_mtls.errors import MtlsError, Unreachable
from kubectl_mtls.kube.api import Api
from kubectl_mtls.kube.failures import failure, is_absent
from kubectl_mtls.kube.path import api_path
from kubectl_mtls.kube.response import Response
from kubectl_mtls.model.kind import Kind
from kubectl_mtls.model.origin import ApiOrigin
from kubectl_mtls.model.reading import Document

PAGE_SIZE = 500
_ORIGIN = ApiOrigin()


@dataclass(frozen=True, slots=True)
class Piece:
    """One request's worth of reading: a list in one namespace or in all (None), or one object by name.

    For a cluster-scoped kind `namespace` is None. A name without a namespace of a namespaced kind selects in all.
    """

    kind: Kind
    namespace: str | None = None
    name: str | None = None
    label_selector: str | None = None

    @property
    def is_get(self) -> bool:
        """Whether it is one object by name."""
        return self.name is not None and (self.namespace is not None or not self.kind.namespaced)

    @property
    def verb(self) -> str:
        """The RBAC verb it needs."""
        return "get" if self.is_get else "list"


def read_piece(api: Api, piece: Piece, version: str) -> tuple[list[Document], MtlsError | None]:
    """The objects of one piece, or the reason why there are none. An absent object or kind is no failure."""
    try:
        if piece.is_get:
            return _read_object(api, piece, version)
        return _read_list(api, piece, version)
    except Unreachable as error:
        return [], error


def _read_object(api: Api, piece: Piece, version: str) -> tuple[list[Document], MtlsError | None]:
    response = api.request("GET", api_path(piece.kind, version, piece.namespace, piece.name))
    if is_absent(response):
        return [], None
    if response.status >= 300:
        return [], _failure(response, piece)
    manifest = _parse(response, piece)
    metadata = manifest.get("metadata")
    if not isinstance(metadata, dict) or metadata.get("name") != piece.name:
        raise _garbage(piece, f"is not {piece.kind.singular}/{piece.name}")
    return [_document(manifest, piece.kind, version)], None


def _read_list(api: Api, piece: Piece, version: str) -> tuple[list[Document], MtlsError | None]:
    """All pages. When a page has expired (410) the list starts again, in one piece, as client-go's pager does.

    A 404 is a failure too: discovery has just said that the kind is served.
    """
    documents: list[Document] = []
    query = _selectors(piece) | {"limit": str(PAGE_SIZE)}
    path = api_path(piece.kind, version, piece.namespace)
    while True:
        response = api.request("GET", path, query=query)
        if response.status == 410 and "limit" in query:
            documents, query = [], _selectors(piece)
            continue
        if response.status >= 300:
            return [], _failure(response, piece)
        page = _parse(response, piece)
        documents.extend(_document(item, piece.kind, version) for item in _items(page, piece))
        token = _continue(page)
        if not token:
            return documents, None
        if token == query.get("continue"):
            raise _garbage(piece, "repeats itself")
        query = query | {"continue": token}


def _selectors(piece: Piece) -> dict[str, str]:
    query = {}
    if piece.label_selector:
        query["labelSelector"] = piece.label_selector
    if piece.name is not None:
        query["fieldSelector"] = f"metadata.name={piece.name}"
    return query


def _failure(response: Response, piece: Piece) -> MtlsError:
    return failure(response, piece.verb, piece.kind, piece.namespace, piece.name)


def _parse(response: Response, piece: Piece) -> dict[str, Any]:
    try:
        answer = orjson.loads(response.body)
    except orjson.JSONDecodeError:
        answer = None
    if not isinstance(answer, dict):
        raise _garbage(piece, "is no JSON object")
    return answer


def _items(page: dict[str, Any], piece: Piece) -> list[dict[str, Any]]:
    """The items of one page. What is no list is never taken for an empty one."""
    items = page.get("items", ()) or []
    is_list = str(page.get("kind", "")).endswith("List") and "items" in page and isinstance(items, list)
    if not is_list or not all(isinstance(item, dict) for item in items):
        raise _garbage(piece, "is no list")
    return items


def _continue(page: dict[str, Any]) -> str | None:
    metadata = page.get("metadata")
    token = metadata.get("continue") if isinstance(metadata, dict) else None
    return token if isinstance(token, str) else None


def _garbage(piece: Piece, problem: str) -> Unreachable:
    return Unreachable(f"the API server's answer for {piece.kind.resource} {problem}")


def _document(manifest: dict[str, Any], kind: Kind, version: str) -> Document:
    """The object as a Document. The API server leaves apiVersion and kind out of the items of a list.

    managedFields are half of a Pod; only those of Istio's objects are ever asked for (who changed the deciding field).
    """
    metadata = manifest.get("metadata")
    if isinstance(metadata, dict) and not kind.group.endswith("istio.io"):
        metadata.pop("managedFields", None)
    api_version = f"{kind.group}/{version}" if kind.group else version
    return Document({"apiVersion": api_version, "kind": kind.name, **manifest}, _ORIGIN)
