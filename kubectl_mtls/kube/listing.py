"""How one object or one list is read: paged, restarted when it expires, each item a Document."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from kubectl_mtls.errors import MtlsError, Unreachable
from kubectl_mtls.kube.ahead import start
from kubectl_mtls.kube.api import Api
from kubectl_mtls.kube.coding import Coding, as_json
from kubectl_mtls.kube.failures import failure, is_absent
from kubectl_mtls.kube.path import api_path
from kubectl_mtls.kube.response import Response, Undecodable
from kubectl_mtls.model.kind import Kind
from kubectl_mtls.model.numerous import typist
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
    without: tuple[str, ...] = ()

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
    except Undecodable as problem:
        return [], Unreachable(f"the API server's answer for {piece.kind.resource} {problem}")


def _read_object(api: Api, piece: Piece, version: str) -> tuple[list[Document], MtlsError | None]:
    coding = Coding(piece.kind)
    path = api_path(piece.kind, version, piece.namespace, piece.name)
    response = _plain(api.request("GET", path, accept=coding.accept))
    if is_absent(response):
        return [], None
    if response.status >= 300:
        return [], _failure(response, piece)
    manifest = coding.object(response)
    metadata = manifest.get("metadata")
    if not isinstance(metadata, dict) or metadata.get("name") != piece.name:
        raise Undecodable(f"is not {piece.kind.singular}/{piece.name}")
    return [_document(manifest, piece.kind, version)], None


def _read_list(api: Api, piece: Piece, version: str) -> tuple[list[Document], MtlsError | None]:
    """All pages. When a page has expired (410) the list starts again, in one piece, as client-go's pager does.

    While a page is read and typed the next one is under way. A 404 is a failure too: discovery has just said that the
    kind is served.
    """
    coding = Coding(piece.kind)
    path = api_path(piece.kind, version, piece.namespace)

    def ask(query: dict[str, str]) -> Response:
        return _plain(api.request("GET", path, query=query, accept=coding.accept))

    typed = typist(piece.kind)
    documents: list[Document] = []
    query = selectors(piece) | {"limit": str(PAGE_SIZE)}
    response = ask(query)
    while True:
        if response.status == 410 and "limit" in query:
            documents, query = [], selectors(piece)
            response = ask(query)
        if response.status >= 300:
            return [], _failure(response, piece)
        token, items = coding.page(response)
        if token and token == query.get("continue"):
            raise Undecodable("repeats itself")
        query = query | {"continue": token}
        following = start(partial(ask, query)) if token else None
        documents.extend(typed(_document(item, piece.kind, version)) for item in items)
        if following is None:
            return documents, None
        response = following()


def read_whole_piece(api: Api, piece: Piece, version: str) -> tuple[list[Document], MtlsError | None]:
    """The same from an API server that answers whole lists out of its cache, as a stream (Kubernetes 1.33 and later).

    Pages would come from etcd, which costs such a server three times as much; a stream needs no pages to stay small.
    """
    coding = Coding(piece.kind)
    if piece.is_get or not coding.has_streams:
        return read_piece(api, piece, version)
    typed = typist(piece.kind)
    documents: list[Document] = []

    def take() -> Callable[[bytes], None]:
        documents.clear()
        return coding.whole_list(lambda item: documents.append(typed(_document(item, piece.kind, version))))

    path = api_path(piece.kind, version, piece.namespace)
    try:
        response = _plain(api.request("GET", path, query=selectors(piece), accept=coding.accept, take=take))
        if response.status >= 300:
            return [], _failure(response, piece)
        if not response.is_taken:
            items = coding.page(response)[1]
            return [typed(_document(item, piece.kind, version)) for item in items], None
        return documents, None
    except Unreachable as error:
        return [], error
    except Undecodable as problem:
        return [], Unreachable(f"the API server's answer for {piece.kind.resource} {problem}")


def selectors(piece: Piece) -> dict[str, str]:
    """The query that narrows a list or watch to the piece."""
    query = {}
    if piece.label_selector:
        query["labelSelector"] = piece.label_selector
    names = [f"metadata.name={piece.name}"] if piece.name is not None else []
    if fields := [*names, *(f"metadata.name!={name}" for name in piece.without)]:
        query["fieldSelector"] = ",".join(fields)
    return query


def _plain(response: Response) -> Response:
    return as_json(response) if response.status >= 300 else response


def _failure(response: Response, piece: Piece) -> MtlsError:
    return failure(response, piece.verb, piece.kind, piece.namespace, piece.name)


def _document(manifest: dict[str, Any], kind: Kind, version: str) -> Document:
    """The object as a Document. The API server leaves apiVersion and kind out of the items of a list."""
    api_version = f"{kind.group}/{version}" if kind.group else version
    return Document({"apiVersion": api_version, "kind": kind.name, **manifest}, _ORIGIN)
