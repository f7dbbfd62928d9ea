"""Carrying a plan out on files: each changed object in the file where it stands."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from kubectl_mtls.errors import Conflict, InvalidInput, Refused
from kubectl_mtls.files.edit import Scalar, append_object, edit_object
from kubectl_mtls.model.document import parse_objects
from kubectl_mtls.model.origin import FileOrigin
from kubectl_mtls.model.reading import Manifest
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.plan.change import Change, Plan
from kubectl_mtls.plan.manifest import clean_manifest
from kubectl_mtls.plan.patch import apply_patch, make_patch
from kubectl_mtls.plan.undo_record import without_record


def write_files(plan: Plan, arguments: Sequence[str], *, dry_run: bool = False) -> Iterator[tuple[Path, Ref]]:
    """Write every change; yields the files and what changed in each. A new object goes to the end of the one file.

    Raises InvalidInput, Conflict, Refused.
    """
    for change in plan.changes:
        path, text = _new_object(change, arguments) if change.before is None else _changed_object(change)
        if not dry_run:
            _write(path, text)
        yield path, change.ref


def _new_object(change: Change, arguments: Sequence[str]) -> tuple[Path, str]:
    path = Path(arguments[0])
    if len(arguments) > 1 or not path.is_file():
        raise Refused(
            f"{change.ref.full} would be new, and it is not clear into which file it belongs",
            "without --write it is printed",
        )
    return path, append_object(_read(path), clean_manifest(change.after or {}))


def _changed_object(change: Change) -> tuple[Path, str]:
    origin = change.origin
    if not isinstance(origin, FileOrigin) or origin.path == "-" or change.after is None:
        raise InvalidInput("--write needs a file to write to: standard input is none")
    path = Path(origin.path)
    text = _read(path)
    written = _as_written(text, origin)
    if apply_patch(written, {"metadata": {"namespace": change.ref.namespace}}) != change.before:
        raise Conflict(f"{origin} is not what it was when it was read")
    patch = make_patch(change.before or {}, without_record(change.after))
    scalars = tuple((".".join(one.path), one.before, one.after) for one in change.fields)
    in_place: tuple[Scalar, ...] = () if any(None in (old, new) for _, old, new in scalars) else scalars
    return path, edit_object(text, origin, written, apply_patch(written, patch), in_place)


def _as_written(text: str, origin: FileOrigin) -> Manifest:
    """The object as the file has it: reading adds the namespace where it has none."""
    found = (value for value, place in parse_objects(text, origin.path) if place.line == origin.line)
    value = next(found, None)
    return value if isinstance(value, dict) else {}


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode()
    except OSError as error:
        raise InvalidInput(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise InvalidInput(f"{path}: only UTF-8 can be changed in place") from None


def _write(path: Path, text: str) -> None:
    """The whole file or nothing: written beside it (a link's target, with its mode), then put in its place."""
    target = path.resolve()
    beside = target.with_name(f".{target.name}.kubectl-mtls")
    try:
        try:
            beside.write_bytes(text.encode())
            beside.chmod(target.stat().st_mode)
            beside.replace(target)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise InvalidInput(f"{path}: cannot be written: {error.strerror}") from None
