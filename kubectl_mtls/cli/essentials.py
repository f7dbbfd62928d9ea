"""Without what is there no answer at all: Istio, its Services, the namespaces that were asked about?"""

from kubectl_mtls.errors import Forbidden, InvalidInput, NotInstalled
from kubectl_mtls.model import kind as kinds
from kubectl_mtls.model.gap import GapReason
from kubectl_mtls.model.reading import Source
from kubectl_mtls.model.snapshot import Snapshot


def demand_istio(source: Source, snapshot: Snapshot, istio: tuple[str, ...]) -> None:
    """There is a control plane, or at least its kinds are served. Raises NotInstalled."""
    if source.is_served(kinds.PEER_AUTHENTICATION) or snapshot.istiods or snapshot.mesh_configs:
        return
    raise NotInstalled(
        "no Istio in this cluster: the API server serves no peerauthentications.security.istio.io, no injector "
        f"webhook names a control plane, and there is no istiod in namespace {', '.join(istio)}",
        "check --context; --istio-namespace names the control plane's namespace",
    )


def demand_services(snapshot: Snapshot) -> None:
    """Without Services or pods there is nothing to answer from. Raises Forbidden with the missing rules."""
    for kind in (kinds.SERVICE, kinds.POD, kinds.ENDPOINT_SLICE):
        hidden = [gap for gap in snapshot.gaps if gap.kind == kind and gap.reason is GapReason.FORBIDDEN]
        if hidden and not snapshot.services:
            rules = sorted({gap.missing_rule or gap.detail for gap in snapshot.gaps if gap.missing_rule})
            raise Forbidden(
                f"without {kind.plural} there is no answer: {hidden[0].detail}",
                "\n  ".join(("docs/rbac has the roles; the missing rules are", *rules)),
            )


def demand_namespaces(snapshot: Snapshot, namespaces: tuple[str, ...] | None) -> None:
    """A namespace that is not there has no answer, and "no findings" about it would mislead. Raises InvalidInput."""
    seen = {*snapshot.namespaces, *(ref.namespace for ref in snapshot.documents)}
    for name in namespaces or ():
        if name not in seen and not snapshot.gap_hiding(kinds.NAMESPACE, "", name):
            where = "the cluster" if snapshot.live else "the files"
            raise InvalidInput(f"namespace/{name}: not found in {where}")
