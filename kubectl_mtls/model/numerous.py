"""Which kinds are typed page by page, while the API server prepares the next page?

A big mesh has tens of thousands of objects of these. Typed at the end, all at once, they would be waited for.
"""

from collections.abc import Callable

from kubectl_mtls.model.fields import Malformed
from kubectl_mtls.model.kind import ENDPOINT_SLICE, NAMESPACE, POD, SERVICE, Kind
from kubectl_mtls.model.namespace import parse_namespace
from kubectl_mtls.model.pod import PodParser
from kubectl_mtls.model.reading import Document
from kubectl_mtls.model.service import parse_endpoint_slice, parse_service

Typist = Callable[[Document], Document]
"""Adds to a document what its parser makes of it; leaves it where that fails: `build_snapshot` will say why."""


def typist(kind: Kind) -> Typist:
    """For the objects of one list."""
    parse = _parser(kind)
    if parse is None:
        return lambda document: document

    def typed(document: Document) -> Document:
        try:
            return Document(document.manifest, document.origin, parse(document))
        except Malformed:
            return document

    return typed


def _parser(kind: Kind) -> Callable[[Document], object] | None:
    if kind == POD:
        return PodParser()
    return {NAMESPACE: parse_namespace, SERVICE: parse_service, ENDPOINT_SLICE: parse_endpoint_slice}.get(kind)
