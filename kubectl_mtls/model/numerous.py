"""Which kinds are typed page by page, while the API server prepares the next page?

A big mesh has tens of thousands of objects of these. Typed at the end, all at once, they would be waited for.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from kubectl_mtls.model.fields import Malformed
from kubectl_mtls.model.kind import ENDPOINT_SLICE, NAMESPACE, POD, SERVICE, Kind
from kubectl_mtls.model.namespace import parse_namespace
from kubectl_mtls.model.pod import parse_pod
from kubectl_mtls.model.reading import Document
from kubectl_mtls.model.service import parse_endpoint_slice, parse_service

_PARSERS: Mapping[Kind, Callable[[Document], object]] = {
    NAMESPACE: parse_namespace,
    POD: parse_pod,
    SERVICE: parse_service,
    ENDPOINT_SLICE: parse_endpoint_slice,
}


def typed(document: Document, kind: Kind) -> Document:
    """The document with what its parser makes of it; as it was where that fails: `build_snapshot` will say why."""
    parse = _PARSERS.get(kind)
    if parse is None:
        return document
    try:
        return replace(document, typed=parse(document))
    except Malformed:
        return document
