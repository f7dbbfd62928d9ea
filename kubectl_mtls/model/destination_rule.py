"""What a DestinationRule says about clients (istio.io/api networking/v1alpha3/destination_rule.proto)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kubectl_mtls.model import fields
from kubectl_mtls.model.enumeration import UnreadableWord, word
from kubectl_mtls.model.host import full_host
from kubectl_mtls.model.metadata import Metadata, parse_metadata
from kubectl_mtls.model.modes import ClientMode
from kubectl_mtls.model.reading import Document
from kubectl_mtls.model.reject import Reject
from kubectl_mtls.model.selector import Labels

_MODES = tuple(ClientMode)
_BALANCERS = ("UNSPECIFIED", "LEAST_CONN", "RANDOM", "PASSTHROUGH", "ROUND_ROBIN", "LEAST_REQUEST")


@dataclass(frozen=True, slots=True)
class ClientTLS:
    """One `tls` block. `field` is its path; `port` and `subset` say where it applies, None for everything else.

    A block without `mode` means DISABLE, the enum's zero. `subject_alt_names` None means that the field is absent.
    """

    field: str
    mode: ClientMode
    credential_name: str
    sni: str
    port: int | None = None
    subset: str | None = None
    subject_alt_names: tuple[str, ...] | None = None
    insecure_skip_verify: bool = False
    client_certificate: str = ""
    private_key: str = ""
    ca_certificates: str = ""


@dataclass(frozen=True, slots=True)
class PortPolicy:
    """An entry of portLevelSettings: it replaces the policy above whole, so without `tls` it says nothing of TLS.

    `others`: it says more than `tls`.
    """

    field: str
    port: int | None
    tls: ClientTLS | None
    load_balancer: str
    others: bool = False


@dataclass(frozen=True, slots=True)
class TrafficPolicy:
    """A `trafficPolicy`. `load_balancer` is `loadBalancer.simple`, empty when unsaid.

    `others`: it says more than `tls` and portLevelSettings.
    """

    field: str
    tls: ClientTLS | None
    load_balancer: str
    ports: tuple[PortPolicy, ...]
    others: bool = False

    def port(self, number: int) -> PortPolicy | None:
        """The first entry for a Service port (GetPortLevelTrafficPolicy)."""
        return next((entry for entry in self.ports if entry.port == number), None)


@dataclass(frozen=True, slots=True)
class Subset:
    """A named part of the endpoints: those whose labels have all of `labels`."""

    name: str
    labels: Labels
    policy: TrafficPolicy | None


@dataclass(frozen=True, slots=True)
class DestinationRule:
    """One rule. `match_labels` None means no workloadSelector: every client that sees the rule uses it.

    An empty selector is one all the same: it holds for every pod of the rule's namespace. `tls` are all blocks.
    `made_of` are the BackendTLSPolicies that istiod made a rule of; empty for one that somebody wrote.
    """

    metadata: Metadata
    host: str
    match_labels: Labels | None
    tls: tuple[ClientTLS, ...]
    export_to: tuple[str, ...] = ()
    policy: TrafficPolicy | None = None
    subsets: tuple[Subset, ...] = ()
    made_of: tuple[Metadata, ...] = ()

    @property
    def full_host(self) -> str:
        """The host with its namespace: a short name is one of the rule's own (2.1)."""
        return full_host(self.host, self.metadata.namespace)


def parse_destination_rule(document: Document) -> DestinationRule | Reject:
    """Read one rule as istiod does; a Reject where istiod could not. Raises Malformed for a wrong shape."""
    metadata = parse_metadata(document)
    spec = fields.mapping(document.manifest, "spec")
    selector = spec.get("workloadSelector")
    try:
        with fields.below("spec"):
            policy = _policy(spec, "spec", None)
            subsets = tuple(_subset(one, index) for index, one in enumerate(fields.mappings(spec, "subsets")))
    except UnreadableWord as unreadable:
        return Reject(metadata, unreadable.field, unreadable.value, unreadable.legal)
    return DestinationRule(
        metadata=metadata,
        host=fields.text(document.manifest, "spec.host"),
        match_labels=None if selector is None else fields.strings(spec, "workloadSelector.matchLabels"),
        tls=tuple(block for one in (policy, *(subset.policy for subset in subsets)) for block in _blocks(one)),
        export_to=tuple(str(one) for one in fields.items(document.manifest, "spec.exportTo")),
        policy=policy,
        subsets=subsets,
    )


def _blocks(policy: TrafficPolicy | None) -> Iterator[ClientTLS]:
    if policy is not None:
        places = (policy.tls, *(entry.tls for entry in policy.ports))
        yield from (block for block in places if block is not None)


def _subset(subset: Mapping[str, Any], index: int) -> Subset:
    with fields.below(f"subsets.{index}"):
        name = fields.text(subset, "name")
        labels = fields.strings(subset, "labels")
        return Subset(name, labels, _policy(subset, f"spec.subsets.{index}", name))


def _policy(parent: Mapping[str, Any], path: str, subset: str | None) -> TrafficPolicy | None:
    if parent.get("trafficPolicy") is None:
        return None
    policy, path = fields.mapping(parent, "trafficPolicy"), f"{path}.trafficPolicy"
    with fields.below("trafficPolicy"):
        return TrafficPolicy(
            field=path,
            tls=_tls(policy, path, None, subset),
            load_balancer=_balancer(policy, path),
            ports=tuple(
                _port_policy(entry, index, path, subset)
                for index, entry in enumerate(fields.mappings(policy, "portLevelSettings"))
            ),
            others=not set(policy) <= {"tls", "portLevelSettings"},
        )


def _port_policy(entry: Mapping[str, Any], index: int, path: str, subset: str | None) -> PortPolicy:
    path = f"{path}.portLevelSettings.{index}"
    with fields.below(f"portLevelSettings.{index}"):
        port = fields.number(entry, "port.number")
        others = not set(entry) <= {"tls", "port"}
        return PortPolicy(path, port, _tls(entry, path, port, subset), _balancer(entry, path), others)


def _balancer(policy: Mapping[str, Any], path: str) -> str:
    balancer = fields.mapping(policy, "loadBalancer")
    return word(balancer, "simple", _BALANCERS, f"{path}.loadBalancer.simple") if "simple" in balancer else ""


def _tls(policy: Mapping[str, Any], path: str, port: int | None, subset: str | None) -> ClientTLS | None:
    if policy.get("tls") is None:
        return None
    block = fields.mapping(policy, "tls")
    with fields.below("tls"):
        return ClientTLS(
            field=f"{path}.tls",
            mode=ClientMode(word(block, "mode", _MODES, f"{path}.tls.mode")),
            credential_name=fields.text(block, "credentialName"),
            sni=fields.text(block, "sni"),
            port=port,
            subset=subset,
            subject_alt_names=_names(block),
            insecure_skip_verify=fields.flag(block, "insecureSkipVerify") is True,
            client_certificate=fields.text(block, "clientCertificate"),
            private_key=fields.text(block, "privateKey"),
            ca_certificates=fields.text(block, "caCertificates"),
        )


def _names(block: Mapping[str, Any]) -> tuple[str, ...] | None:
    return tuple(str(name) for name in fields.items(block, "subjectAltNames")) or None
