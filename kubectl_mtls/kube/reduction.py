"""What is kept of an object that came as JSON? Of numerous kinds the fields in objects.proto, as `protobuf` gives them.

So both codings give the same dict, and 10,000 pods do not hold what nobody asks for.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from kubectl_mtls.kube.schema import INLINED, WITH_ZEROS, Field, messages


def reduced(manifest: dict[str, Any], kind: str) -> dict[str, Any]:
    """The fields that are read, without zeros and what is empty. What has another shape than the API's is kept."""
    found: dict[str, Any] = _reader(kind)(manifest)
    return found


@cache
def _reader(message: str) -> Callable[[Any], Any]:
    if message in INLINED:
        return _reader(INLINED[message])
    if message not in messages() or message in ("Time", "IntOrString"):
        return lambda value: value
    fields = [(field.name, _field_reader(field)) for field in messages()[message]]

    def read(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        if message in WITH_ZEROS:
            return {name: value[name] for name, _ in fields if value.get(name) is not None}
        return {name: kept for name, read_field in fields if (kept := read_field(value.get(name)))}

    return read


def _field_reader(field: Field) -> Callable[[Any], Any]:
    read = _reader(field.type)
    if not field.repeated:
        return read
    return lambda value: [read(item) for item in value] if isinstance(value, list) else value
