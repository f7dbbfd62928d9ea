"""What does `status --advice` advise? The facts of a view, put together for posture's answer."""

from kubectl_mtls.model.host import service_host
from kubectl_mtls.model.proxy import Proxy
from kubectl_mtls.posture.mesh.advice import Advice, Facts
from kubectl_mtls.posture.mesh.inside_advice import advise_inside
from kubectl_mtls.posture.mesh.outside_advice import advise_outside
from kubectl_mtls.posture.mesh.status import Status
from kubectl_mtls.rules.view import View

_BY_SIDECAR = {"STRICT", "PERMISSIVE"}


def resolve_advice(view: View, status: Status) -> tuple[Advice, ...]:
    """The mesh first, then every host outside that gets a client certificate, then every gateway."""
    snapshot = view.snapshot
    naked = {pod.metadata.namespace for pod in snapshot.pods.values() if pod.proxy is Proxy.NONE}
    meshed = (row.service.key for row in view.rows if _BY_SIDECAR & set(row.modes))
    facts = Facts(
        snapshot=snapshot,
        authority=status.authority,
        roots=status.roots,
        standings=view.standings,
        naked=tuple(sorted(namespace for namespace in naked - view.control_planes if view.covers(namespace))),
        meshed=frozenset(service_host(name, namespace) for namespace, name in meshed),
        policy=view.policy,
        now=view.now,
    )
    return (advise_inside(facts), *advise_outside(facts))
