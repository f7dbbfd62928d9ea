"""Who wrote a field last: metadata.managedFields, where the API server keeps a manager and a time for every field."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from kubectl_mtls.model.reading import Manifest
from kubectl_mtls.plan.patch import Path, leaves, value_at

OURS = "kubectl-mtls"
"""The field manager under which this program writes."""


def is_ours(manifest: Manifest, path: Path) -> bool:
    """Whether this program wrote the field; also where nobody says who did (files)."""
    entries = list(_entries(manifest))
    return not entries or any(_manager(entry) == OURS for entry in entries if _owns(entry.get("fieldsV1"), path))


def later_writers(manifest: Manifest, paths: Iterable[Path], what: str) -> tuple[str, ...]:
    """A sentence for each who wrote one of these fields since this program did. `what` names the object."""
    found: dict[tuple[str, str], list[str]] = {}
    for path in paths:
        for leaf in _leaves_at(manifest, path):
            owners = [entry for entry in _entries(manifest) if _owns(entry.get("fieldsV1"), leaf)]
            if owners and not any(_manager(entry) == OURS for entry in owners):
                last = max(owners, key=_time)
                found.setdefault((_manager(last), _time(last)), []).append(".".join(leaf))
    return tuple(
        f"{', '.join(fields)} of {what} was last written by {manager} at {time or 'an unknown time'}, "
        "to the same as by this program: undo takes that back too"
        for (manager, time), fields in found.items()
    )


def _leaves_at(manifest: Manifest, path: Path) -> Iterator[Path]:
    value = value_at(manifest, path)
    if isinstance(value, Mapping):
        yield from leaves(value, path)
    elif value is not None:
        yield path


def _entries(manifest: Manifest) -> Iterator[Mapping[str, Any]]:
    entries = value_at(manifest, ("metadata", "managedFields"))
    return (entry for entry in entries if isinstance(entry, Mapping)) if isinstance(entries, list) else iter(())


def _manager(entry: Mapping[str, Any]) -> str:
    return str(entry.get("manager", ""))


def _time(entry: Mapping[str, Any]) -> str:
    return str(entry.get("time", ""))


def _owns(fields: Any, path: Path) -> bool:
    """Whether a set of fields (fieldsV1) holds this one; a field without parts is owned as a whole."""
    if not isinstance(fields, Mapping):
        return False
    for key in path:
        inner = fields.get(f"f:{key}")
        if not isinstance(inner, Mapping):
            return False
        if not inner:
            return True
        fields = inner
    return True
