"""Which pods does CLIENT mean?"""

from collections.abc import Iterable

from kubectl_mtls.cli.explain_target import ANY, Client
from kubectl_mtls.cli.nearest import nearest_names
from kubectl_mtls.cli.target import Target, find_target
from kubectl_mtls.errors import InvalidInput
from kubectl_mtls.model import kind as kinds
from kubectl_mtls.model.kind import WORKLOAD_KINDS
from kubectl_mtls.model.pod import Pod
from kubectl_mtls.model.proxy import Proxy
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.model.selector import selects
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.posture.connection.gateways import holds_for, resolve_gateways

_GATEWAY_LABEL = "gateway.networking.k8s.io/gateway-name"
Spaces = tuple[str, ...] | None
"""The namespaces to look in, None for all."""


def find_clients(snapshot: Snapshot, client: Client, default: Spaces) -> list[Pod]:
    """The pods that a target means. Raises InvalidInput where there is none, with the nearest names."""
    target = client.target
    if target is None:
        return list(snapshot.pods.values()) if client.written == ANY else []
    if target.kind == kinds.SERVICE_ACCOUNT:
        return _of_account(snapshot, target, default)
    if target.kind == kinds.NAMESPACE:
        return _of_namespace(snapshot, target)
    try:
        ref = find_target(snapshot, target, default)
    except InvalidInput as error:
        raise InvalidInput(error.message, _hint(snapshot, target) or error.hint) from None
    if ref.kind in (kinds.GATEWAY, kinds.KUBERNETES_GATEWAY):
        found = _of_gateway(snapshot, ref)
    else:
        found = [pod for pod in snapshot.pods.values() if _belongs(snapshot, pod, ref)]
    if not found:
        raise InvalidInput(f"{client.written}: no pod of it runs")
    return found


def _of_namespace(snapshot: Snapshot, target: Target) -> list[Pod]:
    found = [pod for pod in snapshot.pods.values() if pod.metadata.namespace == target.name]
    if not found:
        named = {*snapshot.namespaces, *(namespace for namespace, _ in snapshot.pods)}
        raise InvalidInput(f"{target.written}: no pod runs there", nearest_names(target.name, sorted(named)))
    return found


def _of_gateway(snapshot: Snapshot, ref: Ref) -> list[Pod]:
    """The pods that a Gateway holds for; of a waypoint's Gateway those that carry its name."""
    gateways = [one for one in resolve_gateways(snapshot) if one.metadata.ref == ref]
    return [
        pod
        for pod in snapshot.pods.values()
        if (pod.proxy is Proxy.GATEWAY and any(holds_for(snapshot, one, pod) for one in gateways))
        or (pod.metadata.namespace == ref.namespace and pod.labels.get(_GATEWAY_LABEL) == ref.name)
    ]


def _of_account(snapshot: Snapshot, target: Target, default: Spaces) -> list[Pod]:
    def of(name: str, spaces: Spaces) -> list[Pod]:
        running = (pod for pod in snapshot.pods.values() if pod.service_account == name)
        return [pod for pod in running if spaces is None or pod.metadata.namespace in spaces]

    found = of(target.name, default) or (of(target.split[1], (target.split[0],)) if target.split else [])
    if not found:
        names = sorted({pod.service_account for pod in snapshot.pods.values()})
        raise InvalidInput(f"{target.written}: no pod runs as it", nearest_names(target.name, names))
    return found


def _belongs(snapshot: Snapshot, pod: Pod, ref: Ref) -> bool:
    if pod.metadata.namespace != ref.namespace:
        return False
    if ref.kind == kinds.SERVICE:
        service = next((one for one in snapshot.services if one.key == (ref.namespace, ref.name)), None)
        return service is not None and bool(service.selector) and selects(service.selector, pod.labels)
    if ref.kind == kinds.POD:
        return pod.metadata.name == ref.name
    return (pod.workload.kind, pod.workload.name) == (ref.kind.name, ref.name)


def _hint(snapshot: Snapshot, target: Target) -> str | None:
    """Where else something of this name is, else what is called nearly so."""
    there = sorted(set(_named(snapshot, target)))
    names = (target.name, target.split[1]) if target.split else (target.name,)
    elsewhere = [(namespace, name) for namespace, name in there if name in names]
    if elsewhere:
        namespaces, (namespace, name) = ", ".join(one for one, _ in elsewhere[:5]), elsewhere[0]
        return f"it is in namespace {namespaces}: write {target.written.partition('/')[0]}/{name}.{namespace}"
    return nearest_names(target.name, (name for _, name in there))


def _named(snapshot: Snapshot, target: Target) -> Iterable[tuple[str, str]]:
    """Namespace and name of all that there is of this kind."""
    if target.kind in WORKLOAD_KINDS:
        pods = [pod for pod in snapshot.pods.values() if pod.workload.kind == target.kind.name]
        return [(pod.metadata.namespace, pod.workload.name) for pod in pods]
    if target.kind == kinds.POD:
        return snapshot.pods
    return [(ref.namespace, ref.name) for ref in snapshot.documents if ref.kind == target.kind]
