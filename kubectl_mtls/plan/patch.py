"""What differs between two versions of an object: as a JSON merge patch (RFC 7386), as fields, as a digest."""

import copy
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field before and after, None where it is absent. The values may be a Secret's, so repr has none."""

    path: Path
    before: Any = field(repr=False)
    after: Any = field(repr=False)

    @property
    def dotted(self) -> str:
        """The path as people write it: `spec.mtls.mode`; keys with dots of their own stand in brackets."""
        first, *rest = self.path
        return first + "".join(f"[{key}]" if "." in key or "/" in key else f".{key}" for key in rest)


def make_patch(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """The smallest merge patch from one to the other; empty when they are equal. Lists are replaced as a whole.

    A merge patch cannot write null: `after` must hold none that `before` does not hold.
    """
    patch: dict[str, Any] = {key: None for key in before if key not in after}
    for key, value in after.items():
        old = before.get(key)
        if isinstance(old, Mapping) and isinstance(value, Mapping):
            if inner := make_patch(old, value):
                patch[key] = inner
        elif key not in before or not _is_same(old, value):
            patch[key] = copy.deepcopy(value)
    return patch


def apply_patch(target: Any, patch: Mapping[str, Any]) -> dict[str, Any]:
    """The target with the patch applied, as the API server does it. The target stays as it is."""
    result: dict[str, Any] = copy.deepcopy(dict(target)) if isinstance(target, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, Mapping):
            result[key] = apply_patch(result.get(key), value)
        else:
            result[key] = copy.deepcopy(value)
    return result


def field_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[FieldChange, ...]:
    """Every field that differs, in order of path. A mapping that comes or goes as a whole is opened."""
    paths = {*leaves(make_patch(before, after)), *leaves(make_patch(after, before))}
    inner = {path for path in paths if any(other[: len(path)] == path and other != path for other in paths)}
    found = [FieldChange(path, value_at(before, path), value_at(after, path)) for path in sorted(paths - inner)]
    return tuple(change for change in found if not _is_same(change.before, change.after))


def leaves(patch: Mapping[str, Any], above: Path = ()) -> Iterator[Path]:
    """The paths at which a patch sets or removes something."""
    for key, value in patch.items():
        if isinstance(value, Mapping) and value:
            yield from leaves(value, (*above, key))
        else:
            yield (*above, key)


def value_at(manifest: Any, path: Path) -> Any:
    """The value at a path, None when it is absent."""
    for key in path:
        if not isinstance(manifest, Mapping):
            return None
        manifest = manifest.get(key)
    return manifest


def digest(manifest: Mapping[str, Any], paths: Iterable[Path]) -> str:
    """What these fields hold, as SHA-256 in hexadecimal digits: the same digest, the same values."""
    values = [[list(path), value_at(manifest, path)] for path in sorted(paths)]
    return hashlib.sha256(json.dumps(values, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _is_same(one: Any, other: Any) -> bool:
    """Equal as JSON: 1 is not true."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
