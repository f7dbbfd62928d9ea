"""Who uses a Secret: every DestinationRule and Gateway that names it, with the field.

The namespace that counts is the proxy's (pilot/pkg/xds/sds.go): of the client's pod for a DestinationRule, of the
gateway's pod for a Gateway, wherever the object itself lies.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from kubectl_mtls.model.credential import parse_credential
from kubectl_mtls.model.destination_rule import ClientTLS, DestinationRule
from kubectl_mtls.model.gateway import Gateway
from kubectl_mtls.model.metadata import Metadata
from kubectl_mtls.model.modes import ClientMode
from kubectl_mtls.model.proxy import Proxy
from kubectl_mtls.model.selector import selects
from kubectl_mtls.model.snapshot import Snapshot


class Purpose(StrEnum):
    """What a Secret is for in one place."""

    CLIENT = "client certificate"
    CLIENT_CA = "CA for servers"
    SERVER = "server certificate"
    SERVER_CA = "CA for clients"


class Caveat(StrEnum):
    """Why naming the Secret may have no effect."""

    NO_SELECTOR = "without workloadSelector sidecars ignore it and send plaintext; only gateways use it"
    IGNORED_MODE = "the mode takes no credential, so it is ignored"


@dataclass(frozen=True, slots=True)
class Usage:
    """One place that names a Secret. `towards` are the hosts of the connections that need it."""

    user: Metadata
    field: str
    purpose: Purpose
    towards: tuple[str, ...]
    caveat: Caveat | None = None


def resolve_usage(snapshot: Snapshot, namespace: str, name: str) -> tuple[Usage, ...]:
    """Every use of Secret `name` in `namespace`, DestinationRules first."""
    found: list[Usage] = []
    for rule in snapshot.destination_rules:
        found += _by_rule(rule, namespace, name)
    for gateway in snapshot.gateways:
        found += _by_gateway(snapshot, gateway, namespace, name)
    return tuple(found)


def _by_rule(rule: DestinationRule, namespace: str, name: str) -> Iterator[Usage]:
    for block in rule.tls:
        if not block.credential_name:
            continue
        proxies = _client_namespaces(rule, namespace)
        credential = parse_credential(block.credential_name)
        if any(credential.names_secret(namespace, name, proxy) for proxy in proxies):
            is_ca = name != credential.name or block.mode is ClientMode.SIMPLE
            purpose = Purpose.CLIENT_CA if is_ca else Purpose.CLIENT
            yield Usage(
                rule.metadata, f"{block.field}.credentialName", purpose, (rule.full_host,), _caveat(rule, block)
            )


def _client_namespaces(rule: DestinationRule, namespace: str) -> list[str]:
    """A selector holds for pods beside the rule; without one, gateways in the Secret's namespace may use it too."""
    return [rule.metadata.namespace] if rule.match_labels is not None else [rule.metadata.namespace, namespace]


def _caveat(rule: DestinationRule, block: ClientTLS) -> Caveat | None:
    if block.mode in (ClientMode.ISTIO_MUTUAL, ClientMode.DISABLE):
        return Caveat.IGNORED_MODE
    return Caveat.NO_SELECTOR if rule.match_labels is None else None


def _by_gateway(snapshot: Snapshot, gateway: Gateway, namespace: str, name: str) -> Iterator[Usage]:
    """Gateways whose pods run in the Secret's namespace; where no pod of them is known, the Gateway's own counts."""
    pods = [
        pod
        for pod in snapshot.pods.values()
        if pod.proxy is Proxy.GATEWAY and selects(gateway.match_labels, pod.labels)
    ]
    proxies = {pod.metadata.namespace for pod in pods} or {gateway.metadata.namespace}
    for place in gateway.credentials:
        credential = parse_credential(place.name)
        if any(credential.names_secret(namespace, name, proxy) for proxy in proxies):
            is_ca = name != credential.name or place.field.endswith("caCertCredentialName")
            yield Usage(gateway.metadata, place.field, Purpose.SERVER_CA if is_ca else Purpose.SERVER, place.hosts)
