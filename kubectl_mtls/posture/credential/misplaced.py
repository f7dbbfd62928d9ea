"""Which objects mean a Secret but never get it, because their proxies look in another namespace?

A Secret has to lie beside the proxy, not beside the object that names it: "Unverified cross namespace. Never allowed"
(pilot/pkg/xds/sds.go filterAuthorizedResources).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from kubectl_mtls.model.credential import CredentialType, parse_credential
from kubectl_mtls.model.gateway import Gateway
from kubectl_mtls.model.kind import SECRET
from kubectl_mtls.model.metadata import Metadata
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.posture.credential.consumers import named_by_ingresses
from kubectl_mtls.posture.credential.usage import gateway_pods


@dataclass(frozen=True, slots=True)
class Misplaced:
    """One place that means the Secret. `looked_up_in` are the namespaces of the proxies that would ask."""

    user: Metadata
    field: str
    looked_up_in: tuple[str, ...]


def resolve_misplaced(snapshot: Snapshot, secret: Ref, istio_namespace: str) -> tuple[Misplaced, ...]:
    """Objects beside the Secret that name it, and objects that name it with its namespace, where no proxy is there."""
    if secret.kind != SECRET:
        return ()
    return (
        *_of_rules(snapshot, secret),
        *_of_gateways(snapshot, secret),
        *_of_ingresses(snapshot, secret, istio_namespace),
    )


def gateways_meaning(snapshot: Snapshot, secret: Ref) -> list[Gateway]:
    """The Gateways whose credentials mean this Secret, wherever their pods run."""
    found = snapshot.gateways if secret.kind == SECRET else ()
    return [one for one in found if any(_means(place.name, secret, one) for place in one.credentials)]


def _of_rules(snapshot: Snapshot, secret: Ref) -> Iterator[Misplaced]:
    """Without a selector gateways may ask from anywhere, so only rules for sidecars are certain."""
    for rule in snapshot.destination_rules:
        if rule.match_labels is None or rule.metadata.namespace == secret.namespace:
            continue
        for block in rule.tls:
            if _names_outright(block.credential_name, secret):
                yield Misplaced(rule.metadata, f"{block.field}.credentialName", (rule.metadata.namespace,))


def _of_gateways(snapshot: Snapshot, secret: Ref) -> Iterator[Misplaced]:
    for gateway in gateways_meaning(snapshot, secret):
        meant = [place.field for place in gateway.credentials if _means(place.name, secret, gateway)]
        proxies = tuple(sorted({pod.metadata.namespace for pod in gateway_pods(snapshot, gateway)}))
        if proxies and secret.namespace not in proxies:
            yield from (Misplaced(gateway.metadata, field, proxies) for field in meant)


def _of_ingresses(snapshot: Snapshot, secret: Ref, istio_namespace: str) -> Iterator[Misplaced]:
    for ingress, field, _ in named_by_ingresses(snapshot, secret.name):
        if ingress.metadata.namespace == secret.namespace != istio_namespace:
            yield Misplaced(ingress.metadata, field, (istio_namespace,))


def _means(written: str, secret: Ref, gateway: Gateway) -> bool:
    """Whoever writes a bare name beside a Secret of that name means this one."""
    bare = "/" not in written and written == secret.name and gateway.metadata.namespace == secret.namespace
    return bare or _names_outright(written, secret)


def _names_outright(written: str, secret: Ref) -> bool:
    credential = parse_credential(written)
    place = (credential.type, credential.namespace, credential.name)
    return place == (CredentialType.SECRET, secret.namespace, secret.name)
