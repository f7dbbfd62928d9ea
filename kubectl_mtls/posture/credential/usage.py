"""Who uses a Secret: every object that names it, with the field, for which connections, and by which workloads.

The namespace that counts is the proxy's (pilot/pkg/xds/sds.go): of the client's pod for a DestinationRule, of the
gateway's pod for a Gateway, wherever the object itself lies. Other kinds of users are in `mounted` and `consumers`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from kubectl_mtls.model.credential import CA_SUFFIX, CredentialType, parse_credential
from kubectl_mtls.model.destination_rule import ClientTLS, DestinationRule
from kubectl_mtls.model.gateway import Gateway, GatewayCredential
from kubectl_mtls.model.kind import SECRET, Kind
from kubectl_mtls.model.metadata import Metadata
from kubectl_mtls.model.modes import ClientMode
from kubectl_mtls.model.pod import Pod, Workload
from kubectl_mtls.model.proxy import Proxy
from kubectl_mtls.model.selector import selects
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.posture.connection.gateways import holds_for, resolve_gateways

_CA_FIELDS = ("caCertCredentialName", "caCertificateRefs.0")


class Purpose(StrEnum):
    """What a Secret is for in one place."""

    CLIENT = "client certificate"
    CLIENT_CA = "CA for servers"
    SERVER = "server certificate"
    SERVER_CA = "CA for clients"
    FILES = "in containers"
    SIGNER = "signing CA"


class Caveat(StrEnum):
    """Why naming the Secret may have no effect."""

    NO_SELECTOR = "without workloadSelector sidecars ignore it and send plaintext; only gateways use it"
    IGNORED_MODE = "the mode takes no credential, so it is ignored"


@dataclass(frozen=True, slots=True)
class Asker:
    """A workload whose proxies ask istiod for the Secret. istiod lets them by the right of `service_account`."""

    workload: Workload
    namespace: str
    service_account: str


@dataclass(frozen=True, slots=True)
class Usage:
    """One place that names a Secret. `towards` are the hosts of the connections that need it.

    `askers` get it from istiod, if they may list Secrets (`needs_right`); who has it in a file asks nobody.
    """

    user: Metadata
    field: str
    purpose: Purpose
    towards: tuple[str, ...]
    caveat: Caveat | None = None
    askers: tuple[Asker, ...] = ()
    needs_right: bool = False
    demands_ca: bool = False


def resolve_usage(snapshot: Snapshot, namespace: str, name: str, kind: Kind = SECRET) -> tuple[Usage, ...]:
    """Every proxy's use of Secret or ConfigMap `name` in `namespace`, DestinationRules first."""
    found: list[Usage] = []
    for rule in snapshot.destination_rules:
        found += _by_rule(snapshot, rule, kind, namespace, name)
    for gateway in resolve_gateways(snapshot):
        found += _by_gateway(snapshot, gateway, kind, namespace, name)
    return tuple(found)


def is_named(written: str, kind: Kind, namespace: str, name: str, proxies: Iterable[str]) -> bool:
    """Whether a proxy of one of these namespaces gets this object by a credentialName."""
    credential = parse_credential(written)
    if kind != SECRET:
        place = (credential.type, credential.namespace, credential.name)
        return place == (CredentialType.CONFIG_MAP, namespace, name)
    return any(credential.names_secret(namespace, name, proxy) for proxy in proxies)


def gateway_pods(snapshot: Snapshot, gateway: Gateway) -> list[Pod]:
    """The pods that serve a Gateway, of those that were read."""
    every = (pod for pod in snapshot.pods.values() if pod.proxy is Proxy.GATEWAY)
    return [pod for pod in every if holds_for(snapshot, gateway, pod)]


def _by_rule(snapshot: Snapshot, rule: DestinationRule, kind: Kind, namespace: str, name: str) -> Iterator[Usage]:
    for block in rule.tls:
        if block.credential_name and is_named(
            block.credential_name, kind, namespace, name, _client_namespaces(rule, namespace)
        ):
            is_ca = _names_ca(block.credential_name, kind, name) or block.mode is ClientMode.SIMPLE
            yield Usage(
                user=rule.metadata,
                field=f"{block.field}.credentialName",
                purpose=Purpose.CLIENT_CA if is_ca else Purpose.CLIENT,
                towards=(rule.full_host,),
                caveat=_caveat(rule, block, kind),
                askers=_askers(_clients(snapshot, rule, namespace)),
                needs_right=_needs_right(block.credential_name, kind, name),
            )


def _client_namespaces(rule: DestinationRule, namespace: str) -> list[str]:
    """A selector holds for pods beside the rule; without one, gateways in the Secret's namespace may use it too."""
    return [rule.metadata.namespace] if rule.match_labels is not None else [rule.metadata.namespace, namespace]


def _clients(snapshot: Snapshot, rule: DestinationRule, namespace: str) -> Iterator[Pod]:
    labels, where = rule.match_labels, rule.metadata.namespace
    for pod in snapshot.pods.values():
        if labels is None:
            is_client = pod.proxy is Proxy.GATEWAY and pod.metadata.namespace == namespace
        else:
            is_client = pod.proxy.in_mesh and pod.metadata.namespace == where and selects(labels, pod.labels)
        if is_client:
            yield pod


def _names_ca(written: str, kind: Kind, name: str) -> bool:
    return kind != SECRET or name != parse_credential(written).name


def _needs_right(written: str, kind: Kind, name: str) -> bool:
    """Companions are public to istiod, ConfigMaps too; a Gateway API reference was judged when it was converted."""
    credential = parse_credential(written)
    return kind == SECRET and credential.type is CredentialType.SECRET and not name.endswith(CA_SUFFIX)


def _caveat(rule: DestinationRule, block: ClientTLS, kind: Kind) -> Caveat | None:
    if block.mode in (ClientMode.ISTIO_MUTUAL, ClientMode.DISABLE):
        return Caveat.IGNORED_MODE
    return Caveat.NO_SELECTOR if rule.match_labels is None and kind == SECRET else None


def _by_gateway(snapshot: Snapshot, gateway: Gateway, kind: Kind, namespace: str, name: str) -> Iterator[Usage]:
    """Gateways whose pods run in the Secret's namespace; where no pod of them is known, the Gateway's own counts."""
    if not any(
        parse_credential(place.name).name in (name, name.removesuffix(CA_SUFFIX)) for place in gateway.credentials
    ):
        return
    pods = gateway_pods(snapshot, gateway)
    proxies = {pod.metadata.namespace for pod in pods} or {gateway.metadata.namespace}
    for place in gateway.credentials:
        if is_named(place.name, kind, namespace, name, proxies):
            is_ca = _names_ca(place.name, kind, name) or place.field.endswith(_CA_FIELDS)
            yield Usage(
                user=gateway.metadata,
                field=place.field,
                purpose=Purpose.SERVER_CA if is_ca else Purpose.SERVER,
                towards=place.hosts,
                caveat=Caveat.IGNORED_MODE if _is_unused(place) else None,
                askers=_askers(pod for pod in pods if pod.metadata.namespace == namespace),
                needs_right=_needs_right(place.name, kind, name),
                demands_ca=place.mode in ("MUTUAL", "OPTIONAL_MUTUAL") and not _has_other_ca(gateway, place),
            )


def _is_unused(place: GatewayCredential) -> bool:
    return place.mode not in ("SIMPLE", "MUTUAL", "OPTIONAL_MUTUAL")


def _has_other_ca(gateway: Gateway, place: GatewayCredential) -> bool:
    """Whether caCertCredentialName of the same server supplies the CA (1.28)."""
    server = place.field.partition(".tls.")[0]
    return any(one.field == f"{server}.tls.caCertCredentialName" for one in gateway.credentials)


def _askers(pods: Iterable[Pod]) -> tuple[Asker, ...]:
    found = (Asker(pod.workload, pod.metadata.namespace, pod.service_account) for pod in pods)
    return tuple(dict.fromkeys(found))
