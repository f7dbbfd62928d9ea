"""Which TLS does istiod make of a listener of the Gateway API (buildTLS in pilot/pkg/config/kube/gateway)?"""

from collections.abc import Iterable
from dataclasses import dataclass

from kubectl_mtls.model.kubernetes_gateway import (
    API_GROUP,
    ApiListener,
    KubernetesGateway,
    ListenerTLS,
    ObjectReference,
    ReferenceGrant,
)

NETWORK_LABEL = "topology.istio.io/network"
_PORT_LABEL = "networking.istio.io/gatewayPort"
_EAST_WEST_PORT = "15443"


@dataclass(frozen=True, slots=True)
class ServerTLS:
    """What the server has in Istio's terms. `credentials` are (field, credentialName without the suffix for CAs);
    `builtin`: the gateway's own certificate. `is_refused`: a reference is wanting, and istiod leaves the listener out.
    """

    mode: str
    credentials: tuple[tuple[str, str], ...] = ()
    builtin: bool = False
    is_refused: bool = False


def resolve_listener_tls(
    grants: Iterable[ReferenceGrant], gateway: KubernetesGateway, listener: ApiListener
) -> ServerTLS | None:
    """None where the listener says nothing of TLS."""
    tls = listener.tls
    if tls is None:
        return None
    if tls.mode == "Passthrough":
        return ServerTLS("AUTO_PASSTHROUGH" if _leads_to_mesh(gateway, listener, tls) else "PASSTHROUGH")
    if tls.mode != "Terminate":
        return ServerTLS("PASSTHROUGH")
    if tls.terminate_mode == "ISTIO_SIMPLE":
        return ServerTLS("SIMPLE", builtin=True)
    if tls.terminate_mode == "ISTIO_MUTUAL":
        return ServerTLS("ISTIO_MUTUAL")
    return _terminated(tuple(grants), gateway, listener, tls)


def _terminated(
    grants: tuple[ReferenceGrant, ...], gateway: KubernetesGateway, listener: ApiListener, tls: ListenerTLS
) -> ServerTLS:
    asked = tls.terminate_mode if tls.terminate_mode in ("MUTUAL", "OPTIONAL_MUTUAL") else ""
    allowed = [one for one in tls.references if is_allowed(grants, gateway, one, ("Secret",))]
    if len(tls.references) > 2 or (tls.references and not allowed):
        return ServerTLS(asked or "SIMPLE", is_refused=True)
    namespace = gateway.metadata.namespace
    credentials = tuple(
        (f"{listener.field}.tls.certificateRefs.{tls.references.index(one)}", _secret_name(one, namespace))
        for one in allowed
    )
    frontend = gateway.frontend_by_port.get(listener.port, gateway.frontend)
    if not allowed or not frontend.references:
        return ServerTLS(asked or "SIMPLE", credentials)
    by_port = listener.port in gateway.frontend_by_port
    first = frontend.references[0]
    refused = len(frontend.references) > 1 or not is_allowed(grants, gateway, first, ("ConfigMap", "Secret"))
    field = f"spec.tls.frontend.{'perPort' if by_port else 'default'}.validation.caCertificateRefs.0"
    named = (field, _ca_name(first, namespace))
    mode = asked or ("OPTIONAL_MUTUAL" if frontend.lets_others_in else "MUTUAL")
    return ServerTLS(mode, (*credentials, named), is_refused=refused)


def _leads_to_mesh(gateway: KubernetesGateway, listener: ApiListener, tls: ListenerTLS) -> bool:
    """A gateway of a network passes TLS of the mesh on by its SNI, on the port for that."""
    labels = gateway.metadata.labels
    if tls.is_auto_passthrough:
        return True
    return NETWORK_LABEL in labels and str(listener.port) == labels.get(_PORT_LABEL, _EAST_WEST_PORT)


def is_allowed(
    grants: Iterable[ReferenceGrant], gateway: KubernetesGateway, reference: ObjectReference, kinds: tuple[str, ...]
) -> bool:
    """Of a kind that is taken, and beside the Gateway or granted to its namespace."""
    namespace = gateway.metadata.namespace
    if reference.group or reference.kind not in kinds:
        return False
    return reference.namespace in ("", namespace) or any(
        grant.metadata.namespace == reference.namespace
        and (API_GROUP, "Gateway", namespace) in grant.sources
        and {("", reference.kind, ""), ("", reference.kind, reference.name)} & set(grant.targets)
        for grant in grants
    )


def _secret_name(reference: ObjectReference, namespace: str) -> str:
    return f"kubernetes-gateway://{reference.namespace or namespace}/{reference.name}"


def _ca_name(reference: ObjectReference, namespace: str) -> str:
    scheme = "configmap" if reference.kind == "ConfigMap" else "kubernetes-gateway"
    return f"{scheme}://{reference.namespace or namespace}/{reference.name}"
