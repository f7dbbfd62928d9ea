"""Which Secrets do DestinationRules and Gateways name? Those, and their CA companions, are all that is ever read."""

from collections.abc import Iterator

from kubectl_mtls.model.credential import CA_SUFFIX, Credential, CredentialType, parse_credential
from kubectl_mtls.model.proxy import Proxy
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.posture.connection.gateways import holds_for, resolve_gateways

_IN_SECRETS = (CredentialType.SECRET, CredentialType.GATEWAY_SECRET)


def referenced_secrets(snapshot: Snapshot) -> tuple[tuple[str, str], ...]:
    """Namespace and name of each, once. The namespace is that of the proxies that would ask (pilot/pkg/xds/sds.go).

    A DestinationRule without workloadSelector is for gateways, wherever they run, beside its own namespace.
    """
    return tuple(sorted(set(_of_rules(snapshot)) | set(_of_gateways(snapshot))))


def _of_rules(snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    gateways = {pod.metadata.namespace for pod in snapshot.pods.values() if pod.proxy is Proxy.GATEWAY}
    for rule in snapshot.destination_rules:
        proxies = {rule.metadata.namespace} | (gateways if rule.match_labels is None else set())
        for block in rule.tls:
            if block.credential_name:
                yield from _named(parse_credential(block.credential_name), proxies)


def _of_gateways(snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    for gateway in resolve_gateways(snapshot):
        pods = (pod for pod in snapshot.pods.values() if pod.proxy is Proxy.GATEWAY)
        proxies = {pod.metadata.namespace for pod in pods if holds_for(snapshot, gateway, pod)}
        for place in gateway.credentials:
            yield from _named(parse_credential(place.name), proxies or {gateway.metadata.namespace})


def _named(credential: Credential, proxies: set[str]) -> Iterator[tuple[str, str]]:
    if credential.type in _IN_SECRETS and credential.name:
        for namespace in {credential.namespace} if credential.namespace else proxies:
            yield namespace, credential.name
            yield namespace, credential.name + CA_SUFFIX
