"""What a snapshot says of itself: when it was taken, of what, and what could not be read then.

The first document of what `kubectl mtls snapshot` writes. What was forbidden in the cluster stays unknown in the file.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kubectl_mtls.model import fields
from kubectl_mtls.model.gap import Gap, GapReason
from kubectl_mtls.model.kind import KINDS, Kind

API_VERSION = "kubectl-mtls/v1alpha1"
KIND = "SnapshotInfo"
_KIND_BY_NAME = {kind.resource: kind for kind in KINDS}


@dataclass(frozen=True, slots=True)
class SnapshotInfo:
    """`namespaces` None means all of them; policies are read everywhere. `kinds` are those that were asked for."""

    taken_at: datetime
    server_version: str = ""
    namespaces: tuple[str, ...] | None = None
    kinds: frozenset[Kind] = frozenset()
    gaps: tuple[Gap, ...] = ()

    def gaps_for(
        self, wanted: Collection[tuple[Kind, str | None]], namespaces: Sequence[str] | None, narrow: frozenset[Kind]
    ) -> list[Gap]:
        """What is not known of these kinds (or, with a name, objects); `narrow` were read in its namespaces only.

        `namespaces` are those that are asked about (None: all).
        """
        kinds = frozenset(kind for kind, _ in wanted)
        found = [gap for gap in self.gaps if any(_may_hide(gap, kind, name) for kind, name in wanted)]
        found += [_not_asked(kind) for kind in sorted(kinds - self.kinds, key=lambda one: one.name)]
        if self.namespaces is None or (namespaces is not None and set(namespaces) <= set(self.namespaces)):
            return found
        where = ", ".join(self.namespaces)
        for kind in sorted(kinds & narrow, key=lambda one: one.name):
            detail = f"the snapshot holds the {kind.plural} of namespace {where} only"
            others = frozenset(self.namespaces)
            found.append(Gap(kind, None, None, GapReason.UNREADABLE, detail, except_namespaces=others))
        return found


def is_snapshot_info(manifest: Any) -> bool:
    """Whether a manifest is such a document."""
    return isinstance(manifest, Mapping) and (manifest.get("apiVersion"), manifest.get("kind")) == (API_VERSION, KIND)


def parse_snapshot_info(manifest: Mapping[str, Any]) -> SnapshotInfo:
    """Raises Malformed."""
    taken_at = fields.time(manifest, "time")
    if taken_at is None:
        raise fields.Malformed("time", "is missing")
    named = manifest.get("namespaces")
    return SnapshotInfo(
        taken_at=taken_at,
        server_version=fields.text(manifest, "serverVersion"),
        namespaces=None if named is None else tuple(str(one) for one in fields.items(manifest, "namespaces")),
        kinds=frozenset(kind for one in fields.items(manifest, "kinds") if (kind := _KIND_BY_NAME.get(str(one)))),
        gaps=tuple(_parse_gap(gap) for gap in fields.mappings(manifest, "gaps")),
    )


def _parse_gap(gap: Mapping[str, Any]) -> Gap:
    with fields.below("gaps"):
        kind = _KIND_BY_NAME.get(fields.text(gap, "kind"))
        reason = fields.text(gap, "reason")
        if kind is None or reason not in list(GapReason):
            raise fields.Malformed("kind", "or reason is not one that this program knows")
        return Gap(
            kind,
            fields.text(gap, "namespace") or None,
            fields.text(gap, "name") or None,
            GapReason(reason),
            fields.text(gap, "detail"),
            fields.text(gap, "missingRule") or None,
            except_namespaces=frozenset(str(one) for one in fields.items(gap, "exceptNamespaces")),
        )


def snapshot_info_manifest(info: SnapshotInfo, client_version: str) -> dict[str, Any]:
    """The document. What was malformed is left out: it is in the snapshot, and malformed there too."""
    return {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "metadata": {"name": "snapshot"},
        "time": f"{info.taken_at:%Y-%m-%dT%H:%M:%SZ}",
        "clientVersion": client_version,
        "serverVersion": info.server_version or None,
        "namespaces": None if info.namespaces is None else list(info.namespaces),
        "kinds": sorted(kind.resource for kind in info.kinds),
        "gaps": [_gap_manifest(gap) for gap in info.gaps if gap.kind and gap.reason is not GapReason.MALFORMED],
    }


def _gap_manifest(gap: Gap) -> dict[str, Any]:
    return {
        "kind": gap.kind.resource if gap.kind else None,
        "namespace": gap.namespace,
        "name": gap.name,
        "reason": gap.reason.value,
        "detail": gap.detail,
        "missingRule": gap.missing_rule,
        "exceptNamespaces": sorted(gap.except_namespaces),
    }


def _may_hide(gap: Gap, kind: Kind, name: str | None) -> bool:
    return gap.kind == kind and (gap.name is None or name is None or gap.name == name)


def _not_asked(kind: Kind) -> Gap:
    return Gap(kind, None, None, GapReason.WITHHELD, f"the snapshot was taken without reading {kind.plural}")
