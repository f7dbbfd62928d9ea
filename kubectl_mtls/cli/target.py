"""What a user names on the command line: `TYPE/NAME`, `TYPE/NAME.NAMESPACE`, `mesh`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kubectl_mtls.errors import InvalidInput
from kubectl_mtls.model import kind as kinds
from kubectl_mtls.model.kind import KIND_BY_ALIAS, WORKLOAD_KINDS, Kind
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.model.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Target:
    """One target. `name` is as written: it may hold dots, of which the last may set off a namespace."""

    written: str
    kind: Kind
    name: str

    @property
    def split(self) -> tuple[str, str] | None:
        """Namespace and name of `NAME.NAMESPACE`; None when the name has no dot."""
        name, dot, namespace = self.name.rpartition(".")
        return (namespace, name) if dot else None


def parse_target(written: str, allowed: Sequence[Kind], *words_alone: str) -> Target:
    """Read one target. Raises InvalidInput for another TYPE than the allowed ones; `words_alone` would do as well."""
    type_word, slash, name = written.partition("/")
    kind = KIND_BY_ALIAS.get(type_word.lower())
    if not slash or not name or kind is None or kind not in allowed:
        words = ", ".join(one.aliases[0] if one.aliases else one.singular for one in allowed)
        alone = "".join(f", or {word}" for word in words_alone)
        raise InvalidInput(f"{written}: should be TYPE/NAME, with one of the types {words}{alone}")
    return Target(written, kind, name)


def target_namespaces(targets: Sequence[Target], default: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """Where to look for these targets: the default namespaces and those that targets name; None means everywhere."""
    if default is None or not targets:
        return default
    found: dict[str, None] = {}
    for target in targets:
        if target.kind == kinds.NAMESPACE:
            found[target.name] = None
            continue
        found |= dict.fromkeys(default)
        if target.split:
            found[target.split[0]] = None
    return tuple(found)


def find_target(snapshot: Snapshot, target: Target, default: tuple[str, ...] | None) -> Ref:
    """The object that a target means: the literal name in a default namespace first, then `NAME.NAMESPACE`.

    Raises InvalidInput when there is none, or when files hold several.
    """
    if target.kind == kinds.NAMESPACE:
        return Ref(kinds.NAMESPACE, "", target.name)
    present = set(_present(snapshot, target.kind))
    literal = [key for key in sorted(present) if key[1] == target.name and (default is None or key[0] in default)]
    if len(literal) > 1:
        places = ", ".join(namespace for namespace, _ in literal)
        raise InvalidInput(f"{target.written} is in several namespaces: {places}", f"write {target.written}.NAMESPACE")
    if literal:
        return Ref(target.kind, *literal[0])
    if target.split and target.split in present:
        return Ref(target.kind, *target.split)
    spaces = [*(default or ()), *(target.split[:1] if target.split and default is not None else ())]
    where = f"namespace {', '.join(dict.fromkeys(spaces))}" if spaces else "any namespace"
    what = _absence(snapshot, target, default)
    gap = next((gap for gap in snapshot.gaps if gap.kind in (target.kind, kinds.POD)), None)
    raise InvalidInput(f"{target.written}: {what} in {where}", f"or it was not readable: {gap.detail}" if gap else None)


def _absence(snapshot: Snapshot, target: Target, default: tuple[str, ...] | None) -> str:
    if target.kind in WORKLOAD_KINDS:
        return "no pod of it runs"
    ended = target.kind == kinds.POD and any(
        ref.kind == kinds.POD and ref.name == target.name and (default is None or ref.namespace in default)
        for ref in snapshot.documents
    )
    return "it has finished, so it accepts nothing," if ended else "it is not there"


def _present(snapshot: Snapshot, kind: Kind) -> Iterator[tuple[str, str]]:
    """Namespace and name of every object of a kind; of a workload, those that have pods."""
    if kind == kinds.SERVICE:
        yield from (service.key for service in snapshot.services)
    elif kind == kinds.POD:
        yield from snapshot.pods
    elif kind in WORKLOAD_KINDS:
        for pod in snapshot.pods.values():
            if pod.workload.kind == kind.name:
                yield pod.metadata.namespace, pod.workload.name
    else:
        yield from ((ref.namespace, ref.name) for ref in snapshot.documents if ref.kind == kind)
