"""In which coding is a kind asked for, and which objects does the answer hold?

Kinds that meshes have in thousands come as protobuf where the API server has it, which takes a quarter of JSON's time;
so do CustomResourceDefinitions, whose schemas are megabytes that nobody reads.
Whichever it answers with, the objects are the same dicts.
"""

from collections.abc import Callable, Iterable
from typing import Any

import orjson

from kubectl_mtls.kube.protobuf import Decoder
from kubectl_mtls.kube.reduction import reduced
from kubectl_mtls.kube.response import Response, Undecodable, json_object
from kubectl_mtls.kube.taking_apart import MAGIC
from kubectl_mtls.model.kind import (
    CUSTOM_RESOURCE,
    ENDPOINT_SLICE,
    NAMESPACE,
    POD,
    SECRET,
    SERVICE,
    SERVICE_ACCOUNT,
    Kind,
)

_JSON = "application/json"
_EITHER = f"application/vnd.kubernetes.protobuf,{_JSON}"
_NUMEROUS = frozenset({NAMESPACE, SERVICE_ACCOUNT, POD, SERVICE, ENDPOINT_SLICE, CUSTOM_RESOURCE})

Manifest = dict[str, Any]


class Coding:
    """How objects of one kind are asked for and read. Not for several threads at once."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        self._decoder = Decoder(kind.name) if kind in _NUMEROUS else None

    @property
    def accept(self) -> str:
        """The header of that name."""
        return _EITHER if self._decoder else _JSON

    def object(self, response: Response) -> Manifest:
        """One object. Raises Undecodable."""
        if self._decoder and response.body.startswith(MAGIC):
            return self._decoder.object(response.body)
        return self._kept(_parse(response))

    def page(self, response: Response) -> tuple[str, Iterable[Manifest]]:
        """The token of the next page, empty at the end, and the objects of this one. Raises Undecodable."""
        if self._decoder and response.body.startswith(MAGIC):
            return self._decoder.page(response.body)
        page = _parse(response)
        return _token(page), map(self._kept, _items(page))

    @property
    def has_streams(self) -> bool:
        """Whether a list can be taken apart while it comes."""
        return self._decoder is not None

    def whole_list(self, take: Callable[[Manifest], None]) -> Callable[[bytes], None]:
        """What is fed a list in protobuf piece by piece, an empty piece at its end. It raises Undecodable."""
        assert self._decoder is not None
        return self._decoder.whole_list(take).feed

    def _kept(self, manifest: Manifest) -> Manifest:
        """managedFields are half of an object; only those of Istio's objects and of Secrets are ever asked for."""
        if self._decoder:
            return reduced(manifest, self._kind.name)
        metadata = manifest.get("metadata")
        if isinstance(metadata, dict) and not (self._kind == SECRET or self._kind.group.endswith("istio.io")):
            metadata.pop("managedFields", None)
        return manifest


def as_json(response: Response) -> Response:
    """A refusal in either coding as one in JSON."""
    if not response.body.startswith(MAGIC):
        return response
    try:
        status = Decoder("Status").object(response.body)
    except Undecodable:
        return response
    return Response(response.status, orjson.dumps({"kind": "Status", **status}), response.headers)


def _parse(response: Response) -> Manifest:
    answer = json_object(response.body)
    if answer is None:
        raise Undecodable("is no JSON object")
    return answer


def _items(page: Manifest) -> list[Manifest]:
    """The items of one page. What is no list is never taken for an empty one."""
    items = page.get("items", ()) or []
    is_list = str(page.get("kind", "")).endswith("List") and "items" in page and isinstance(items, list)
    if not is_list or not all(isinstance(item, dict) for item in items):
        raise Undecodable("is no list")
    return items


def _token(page: Manifest) -> str:
    metadata = page.get("metadata")
    token = metadata.get("continue") if isinstance(metadata, dict) else None
    return token if isinstance(token, str) else ""
