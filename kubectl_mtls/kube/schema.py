"""Which fields of the numerous kinds are read? objects.proto, as a description and as message classes.

No protoc and no generated code, which would tie the program to one range of versions of the protobuf package: the file
is read when it is first needed, in a few milliseconds.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

MAP, ENTRY = "map<string, string>", "Entry"
LEFT_AS_BYTES = frozenset({MAP, "OwnerReference", "Probe"})
"""Types whose values many objects share: they, or their entries, stay bytes until it is known that they are new."""

INLINED = {"Probe": "ProbeHandler"}
"""Messages that have, in JSON, the fields of the one message in them."""

WITH_ZEROS = frozenset({"EndpointConditions"})
"""Messages in which absent and zero differ: pointers in Go."""

_PACKAGE = "kubectl_mtls"
_MESSAGE = re.compile(r"^message (\w+) \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
_FIELD = re.compile(r"^  (?:(optional|repeated) )?(map<string, string>|\w+) (\w+) = (\d+);", re.MULTILINE)
_SCALARS = {"int64": 3, "int32": 5, "bool": 8, "string": 9}
_MESSAGE_TYPE, _BYTES = 11, 12
_OPTIONAL, _REPEATED = 1, 3
_MAKING = Lock()


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `type` is that of a scalar, the name of a message, or MAP; `repeated` is false for a MAP."""

    name: str
    number: int
    type: str
    repeated: bool

    @property
    def is_scalar(self) -> bool:
        """Whether it is one number, text or truth value."""
        return self.type in _SCALARS and not self.repeated


@cache
def messages() -> dict[str, tuple[Field, ...]]:
    """The fields of every message of objects.proto, by its name."""
    text = Path(__file__).with_name("objects.proto").read_text(encoding="utf-8")
    return {
        name: tuple(
            Field(field, int(number), kind, label == "repeated")
            for label, kind, field, number in _FIELD.findall(fields)
        )
        for name, fields in _MESSAGE.findall(text)
    }


def prepare() -> None:
    """Import the protobuf package, which takes as long as a few requests, before the first answer is there."""
    message_class(ENTRY)


@cache
def message_class(name: str) -> Any:
    """What decodes a message; `envelope(name)` names its runtime.Unknown, `ENTRY` one entry of a MAP."""
    from google.protobuf.message_factory import GetMessageClass

    with _MAKING:
        pool = _pool()
    return GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.{name}"))


def envelope(name: str) -> str:
    """The message whose field `raw` holds the message: runtime.Unknown, declared so that nothing is copied."""
    return f"UnknownOf{name}"


@cache
def _pool() -> Any:
    from google.protobuf.descriptor_pb2 import FileDescriptorProto
    from google.protobuf.descriptor_pool import DescriptorPool

    file = FileDescriptorProto(name="objects.proto", package=_PACKAGE, syntax="proto2")
    entry = tuple(Field(name, number, "string", False) for number, name in enumerate(("key", "value"), 1))
    wrapped = {
        envelope(name): (Field("typeMeta", 1, "TypeMeta", False), Field("raw", 2, name, False)) for name in messages()
    }
    for name, fields in (messages() | wrapped | {ENTRY: entry}).items():
        message = file.message_type.add(name=name)
        for field in fields:
            _describe(field, message.field.add(name=field.name, number=field.number))
    pool = DescriptorPool()
    pool.AddSerializedFile(file.SerializeToString())
    return pool


def _describe(field: Field, added: Any) -> None:
    added.label = _REPEATED if field.repeated or field.type == MAP else _OPTIONAL
    if field.type in LEFT_AS_BYTES:
        added.type = _BYTES
    elif field.type in _SCALARS:
        added.type = _SCALARS[field.type]
    else:
        added.type, added.type_name = _MESSAGE_TYPE, f".{_PACKAGE}.{field.type}"
