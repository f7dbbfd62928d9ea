"""Who an object is, how old it is, and who changed a field of it when."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from kubectl_mtls.model import fields
from kubectl_mtls.model.kind import Kind, find_kind
from kubectl_mtls.model.origin import Origin
from kubectl_mtls.model.reading import Document
from kubectl_mtls.model.ref import Ref

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
_AGELESS = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Changed:
    """When and by which field manager something was last changed (metadata.managedFields)."""

    at: datetime | None
    by: str


@dataclass(frozen=True, slots=True)
class Owner:
    """The controller in metadata.ownerReferences."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Metadata:
    """The metadata that answers need.

    `created_at` is None where the source has none (files). `annotations` never hold kubectl's last-applied
    configuration: of a Secret it holds the private key.
    """

    ref: Ref
    created_at: datetime | None
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    owner: Owner | None
    uid: str
    origin: Origin
    managed_fields: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)

    @property
    def namespace(self) -> str:
        """Empty for cluster-scoped kinds."""
        return self.ref.namespace

    @property
    def name(self) -> str:
        """The object's name."""
        return self.ref.name

    @property
    def age_order(self) -> tuple[datetime, str, str]:
        """Istio's order of configuration: creation, then name, then namespace (pilot/pkg/model/config.go).

        An object without creationTimestamp counts as the oldest, as Go's zero time does.
        """
        return (self.created_at or _AGELESS, self.name, self.namespace)

    def changed(self, path: str) -> Changed | None:
        """The last change of the manager that owns the field at dotted `path` (latest first); None when nobody says.

        An entry of the wrong shape says nothing: that is no reason not to answer about the object.
        """
        owners = [entry for entry in self.managed_fields if _owns(entry.get("fieldsV1"), path)]
        newest = max(owners, key=lambda entry: str(entry.get("time", "")), default=None)
        if newest is None:
            return None
        try:
            return Changed(fields.time(newest, "time"), fields.text(newest, "manager"))
        except fields.Malformed:
            return None


def _owns(fields_v1: Any, path: str) -> bool:
    """Whether the set holds the field; lists of Istio's kinds are atomic, so that their owner has all in them."""
    for depth, key in enumerate(path.split(".")):
        if depth and fields_v1 == {}:
            return True
        if not isinstance(fields_v1, Mapping) or f"f:{key}" not in fields_v1:
            return False
        fields_v1 = fields_v1[f"f:{key}"]
    return True


def parse_metadata(document: Document) -> Metadata:
    """Metadata of a manifest whose `kind` is known. Raises Malformed."""
    manifest = document.manifest
    kind = find_kind(fields.text(manifest, "apiVersion"), fields.text(manifest, "kind"))
    if kind is None:
        raise fields.Malformed("kind", "is not a kind this program reads")
    name = fields.text(manifest, "metadata.name")
    if not name:
        raise fields.Malformed("metadata.name", "is missing")
    return Metadata(
        ref=Ref(kind, _namespace(manifest, kind), name),
        created_at=fields.time(manifest, "metadata.creationTimestamp"),
        labels=fields.strings(manifest, "metadata.labels"),
        annotations=_annotations(manifest),
        owner=_controller(manifest),
        uid=fields.text(manifest, "metadata.uid"),
        origin=document.origin,
        managed_fields=tuple(fields.mappings(manifest, "metadata.managedFields")),
    )


def _annotations(manifest: Mapping[str, Any]) -> Mapping[str, str]:
    found = fields.mapping(manifest, "metadata.annotations")
    if LAST_APPLIED not in found and set(map(type, found.values())) <= {str}:
        return found
    return {key: str(value) for key, value in found.items() if key != LAST_APPLIED}


def _namespace(manifest: Mapping[str, Any], kind: Kind) -> str:
    return (fields.text(manifest, "metadata.namespace") or "default") if kind.namespaced else ""


def _controller(manifest: Mapping[str, Any]) -> Owner | None:
    for index, reference in enumerate(fields.mappings(manifest, "metadata.ownerReferences")):
        if reference.get("controller"):
            with fields.below(f"metadata.ownerReferences.{index}"):
                return Owner(fields.text(reference, "kind"), fields.text(reference, "name"))
    return None
