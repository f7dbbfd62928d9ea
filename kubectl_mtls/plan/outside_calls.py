"""Which Services are reached from outside of the mesh, by a type that opens them or by an Ingress (P22)?"""

from collections.abc import Iterator

from kubectl_mtls.model.finding import Objection
from kubectl_mtls.model.ingress import Ingress
from kubectl_mtls.model.service import Service
from kubectl_mtls.plan.objection import REACHED_FROM_OUTSIDE, listed
from kubectl_mtls.plan.step import Step

_OPEN_TYPES = ("NodePort", "LoadBalancer")


def object_to_outside_calls(step: Step) -> Iterator[Objection]:
    """One objection for all of them."""
    found = [word for service in step.closing_services for word in _ways_in(step, service)]
    if found:
        yield REACHED_FROM_OUTSIDE.objection(
            f"reached from outside the mesh: {listed(found)}",
            "let the traffic in by a gateway of the mesh, or leave the port out with --port PORT --to PERMISSIVE",
        )


def _ways_in(step: Step, service: Service) -> Iterator[str]:
    if service.type in _OPEN_TYPES:
        yield f"{service.metadata.ref.full} ({service.type})"
    closing = step.closing[service.key]
    for ingress in step.before.ingresses:
        if not ingress.is_istio and _leads_to(ingress, service, closing):
            yield f"{service.metadata.ref.full} ({ingress.metadata.ref})"


def _leads_to(ingress: Ingress, service: Service, closing: frozenset[int]) -> bool:
    if ingress.metadata.namespace != service.metadata.namespace:
        return False
    named = {port.name: port.number for port in service.ports}
    return any(
        backend.service == service.metadata.name and named.get(str(backend.port), backend.port) in closing
        for backend in ingress.backends
    )
