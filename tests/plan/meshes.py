"""Snapshots for planners, and what a plan makes of them."""

from collections.abc import Iterable

from kubectl_mtls.model.gap import Gap
from kubectl_mtls.model.kind import PEER_AUTHENTICATION
from kubectl_mtls.model.modes import ServerMode
from kubectl_mtls.model.reading import Manifest
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.plan.after import after_change
from kubectl_mtls.plan.change import Plan
from kubectl_mtls.plan.policy_target import find_namespace_policy
from kubectl_mtls.plan.switch_server import plan_server_switch
from tests.rules.mesh import namespace, pod, service, view_of

SHOP = namespace() + namespace("istio-system") + service() + pod(proxy=True)


def snapshot_of(*texts: str, live: bool = True, gaps: Iterable[Gap] = ()) -> Snapshot:
    return view_of("".join(texts), live=live, gaps=gaps).snapshot


def rule(tls: str, host: str = "cart.shop.svc.cluster.local", name: str = "rule", spec: str = "") -> str:
    return f"""---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {{name: {name}, namespace: shop}}
spec:
  host: "{host}"
  trafficPolicy: {{tls: {tls}}}
  {spec}
"""


def switched(snapshot: Snapshot, to: str, name: str = "shop") -> Plan:
    return plan_server_switch(snapshot, find_namespace_policy(snapshot, name), ServerMode(to))


def applied(snapshot: Snapshot, plan: Plan) -> Snapshot:
    """The snapshot once the plan was carried out."""
    for change in plan.changes:
        snapshot = after_change(snapshot, change.ref, change.after)
    return snapshot


def codes(plan: Plan) -> list[str]:
    return [objection.code for objection in plan.objections]


def policy_manifest(snapshot: Snapshot, name: str = "default", where: str = "shop") -> Manifest | None:
    document = snapshot.documents.get(Ref(PEER_AUTHENTICATION, where, name))
    return document.manifest if document else None
