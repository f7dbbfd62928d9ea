"""How is Kubernetes' protobuf coding read? As the dict that JSON would have given, of the fields in objects.proto.

The body is four bytes `k8s\\0` and a runtime.Unknown around the object or list
(kubernetes.io/docs/reference/using-api/api-concepts; apimachinery pkg/runtime/serializer/protobuf). Zeros, empty texts,
lists and mappings are left out: `reduction` does the same to what came as JSON.
"""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from operator import attrgetter
from typing import Any

import orjson

from kubectl_mtls.kube.response import Undecodable
from kubectl_mtls.kube.schema import (
    ENTRY,
    INLINED,
    LEFT_AS_BYTES,
    MAP,
    WITH_ZEROS,
    Field,
    envelope,
    message_class,
    messages,
)
from kubectl_mtls.kube.taking_apart import MAGIC, ListInPieces

_ALIKE = "PodSpec"

Manifest = dict[str, Any]
Read = Callable[[Any], Any]


class Decoder:
    """Decodes objects of one kind. What they have in common (labels, owners, pod specs) is held once: never change it.

    Pods of one workload share nearly all that is read of them, so a mesh costs memory by its workloads.
    """

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._common: dict[object, Any] = {}
        self._read = self._reader(kind)

    def object(self, body: bytes) -> Manifest:
        """One object. Raises Undecodable."""
        manifest: Manifest = self._read(_parsed(body, self._kind))
        return manifest

    def page(self, body: bytes) -> tuple[str, Iterable[Manifest]]:
        """The token of the next page, empty at the end, and the objects of this one. Raises Undecodable."""
        page = _parsed(body, f"{self._kind}List")
        return getattr(page.metadata, "continue"), map(self._read, page.items)

    def whole_list(self, take: Callable[[Manifest], None]) -> ListInPieces:
        """What takes a list of any length apart while it comes. Its `feed` raises Undecodable."""
        parse, read, expected = message_class(self._kind).FromString, self._read, f"{self._kind}List"
        meta = message_class("TypeMeta").FromString
        return ListInPieces(
            lambda said: _checked(meta, said).kind == expected, lambda found: take(read(_checked(parse, found)))
        )

    def _reader(self, message: str) -> Read:
        if message == "Time":
            return self._time
        if message == "IntOrString":
            return _int_or_string
        if message in WITH_ZEROS:
            return _given
        fields = messages()[message]
        names = tuple(field.name for field in fields if field.is_scalar)
        scalars = _getter(names)
        others = tuple((field.name, self._field_reader(field)) for field in fields if not field.is_scalar)

        def read(value: Any) -> Manifest:
            found = {name: one for name, one in zip(names, scalars(value), strict=True) if one}
            for name, read_field in others:
                if one := read_field(getattr(value, name)):
                    found[name] = one
            return found

        return self._shared(read) if message == _ALIKE else read

    def _field_reader(self, field: Field) -> Read:
        if field.type in INLINED:
            return partial(self._piece, self._inner_reader(field.type))
        if field.type in LEFT_AS_BYTES:
            return partial(self._entries, _read_map if field.type == MAP else self._list_reader(field.type))
        if not field.repeated:
            return self._reader(field.type)
        if field.type == "string":
            return list
        if all(one.is_scalar for one in messages()[field.type]):
            return self._rows_reader(field.type)
        read = self._reader(field.type)
        return lambda items: [read(item) for item in items]

    def _rows_reader(self, message: str) -> Read:
        """Ports, conditions: lists that are the same in many objects, and quickly compared."""
        names = tuple(field.name for field in messages()[message])
        scalars, common = _getter(names), self._common

        def read(items: Any) -> list[Manifest]:
            key = (message, *map(scalars, items))
            found: list[Manifest] | None = common.get(key)
            if found is None:
                rows = ({name: one for name, one in zip(names, row, strict=True) if one} for row in key[1:])
                found = common[key] = list(rows)
            return found

        return read

    def _list_reader(self, message: str) -> Read:
        read, parse = self._reader(message), message_class(message).FromString
        return lambda entries: [read(parse(entry)) for entry in entries]

    def _shared(self, read: Read) -> Read:
        common = self._common

        def read_shared(value: Any) -> Any:
            found = read(value)
            return common.setdefault(orjson.dumps(found), found)

        return read_shared

    def _entries(self, read: Read, entries: Iterable[bytes]) -> Any:
        key = tuple(entries)
        found = self._common.get(key)
        if found is None:
            found = self._common[key] = read(key)
        return found

    def _inner_reader(self, message: str) -> Read:
        (field,) = messages()[message]
        parse, inner, read = message_class(message).FromString, attrgetter(field.name), self._reader(field.type)
        return lambda piece: read(inner(_checked(parse, piece)))

    def _piece(self, read: Read, piece: bytes) -> Any:
        """One message, read where its bytes are new."""
        found = self._common.get(piece)
        if found is None and piece:
            found = self._common[piece] = read(piece)
        return found

    def _time(self, value: Any) -> str:
        seconds = value.seconds
        written: str | None = self._common.get(seconds)
        if written is None:
            written = self._common[seconds] = _rfc3339(seconds)
        return written


def _parsed(body: bytes, message: str) -> Any:
    """The message inside the envelope. What is of another kind is never taken for an empty one."""
    unknown = _checked(message_class(envelope(message)).FromString, memoryview(body)[len(MAGIC) :])
    if unknown.typeMeta.kind != message:
        raise Undecodable(f"is no {message}")
    return unknown.raw


def _checked(parse: Read, content: bytes | memoryview) -> Any:
    from google.protobuf.message import DecodeError

    try:
        return parse(content)
    except DecodeError:
        raise Undecodable("is no protobuf of Kubernetes") from None


def _getter(names: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    """All these attributes at once."""
    if len(names) > 1:
        return attrgetter(*names)
    return lambda value: tuple(getattr(value, name) for name in names)


def _given(value: Any) -> Manifest:
    """What was sent of a message, zeros included."""
    return {field.name: one for field, one in value.ListFields()}


def _read_map(entries: Iterable[bytes]) -> dict[str, str]:
    parse = message_class(ENTRY).FromString
    return {entry.key: entry.value for entry in map(parse, entries)}


def _int_or_string(value: Any) -> int | str:
    """k8s.io/apimachinery/pkg/util/intstr: type 0 is the number, 1 the text."""
    number: int = value.intVal
    text: str = value.strVal
    return text if value.type else number


def _rfc3339(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if seconds else ""
