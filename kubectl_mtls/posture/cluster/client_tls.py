"""What a rule says about TLS for a Service port and a subset (2.3), and what the proxy makes of it (2.4, 2.5).

Source: pilot/pkg/networking/util/util.go (GetPortLevelTrafficPolicy, MergeSubsetTrafficPolicy),
pilot/pkg/networking/core/cluster_tls.go, pilot/pkg/xds/endpoints/mtls_checker.go.
"""

from dataclasses import dataclass
from enum import StrEnum

from kubectl_mtls.model.credential import CredentialType, parse_credential
from kubectl_mtls.model.destination_rule import ClientTLS, PortPolicy, TrafficPolicy
from kubectl_mtls.model.modes import ClientMode
from kubectl_mtls.posture.client.rule_index import MergedRule
from kubectl_mtls.posture.client.settings import Settings
from kubectl_mtls.posture.cluster.wire import Wire

PASSTHROUGH = "PASSTHROUGH"


@dataclass(frozen=True, slots=True)
class ClientPolicy:
    """What holds for one port and subset. `tls` None means that nobody says: auto mTLS decides.

    `field` is where `tls` stands, or the entry that keeps an outer block from being inherited.
    """

    tls: ClientTLS | None
    load_balancer: str
    field: str
    hidden: ClientTLS | None = None


NO_POLICY = ClientPolicy(None, "", "")


def resolve_policy(rule: MergedRule | None, port: int, subset: str | None) -> ClientPolicy:
    """Port entries replace what is above them whole; a subset's own words go before the rule's (2.3)."""
    if rule is None:
        return NO_POLICY
    base = _of_policy(rule.policy, port)
    owned = rule.subset(subset) if subset is not None else None
    policy = owned.subset.policy if owned else None
    if policy is None:
        return base
    entry = policy.port(port)
    if entry is not None:
        return _of_entry(entry, policy.tls or base.tls)
    if rule.policy is None:
        return _of_policy(policy, port)
    return ClientPolicy(
        tls=policy.tls or base.tls,
        load_balancer=policy.load_balancer or base.load_balancer,
        field=policy.tls.field if policy.tls else base.field,
        hidden=base.tls if policy.tls else base.hidden,
    )


def _of_policy(policy: TrafficPolicy | None, port: int) -> ClientPolicy:
    if policy is None:
        return NO_POLICY
    entry = policy.port(port)
    if entry is not None:
        return _of_entry(entry, policy.tls)
    return ClientPolicy(policy.tls, policy.load_balancer, policy.tls.field if policy.tls else "")


def _of_entry(entry: PortPolicy, above: ClientTLS | None) -> ClientPolicy:
    return ClientPolicy(entry.tls, entry.load_balancer, entry.tls.field if entry.tls else entry.field, above)


def gate_policy(rule: MergedRule | None, subset: str | None) -> TrafficPolicy | None:
    """The policy whose load balancer the gate of auto mTLS looks at: the topmost one only (0.1 item 1)."""
    if rule is None:
        return None
    if subset is None:
        return rule.policy
    owned = rule.subset(subset)
    return owned.subset.policy if owned else None


def endpoint_mode(rule: MergedRule | None, port: int, subset: str | None, settings: Settings) -> ClientMode | None:
    """The mode by which endpoints are told to be mutual or not; here an entry without tls does inherit (3.4)."""
    if rule is None:
        return None
    if subset is None:
        return _mode(rule.policy, port)
    owned = rule.subset(subset)
    if owned is None:
        return None
    found = _mode(owned.subset.policy, port)
    return _mode(rule.policy, port) if found is None and settings.subset_falls_back else found


def _mode(policy: TrafficPolicy | None, port: int) -> ClientMode | None:
    if policy is None:
        return None
    entry = next((one for one in policy.ports if one.port == port and one.tls is not None), None)
    tls = entry.tls if entry is not None else policy.tls
    return tls.mode if tls is not None else None


class Dropped(StrEnum):
    """Why what asks for TLS leaves plaintext."""

    CREDENTIAL_WITHOUT_SELECTOR = "credentialName without workloadSelector: sidecars ignore the block"
    NO_KEY = "MUTUAL without clientCertificate and privateKey: istiod can't build it"


def resolve_wire(tls: ClientTLS, *, sidecar: bool, has_selector: bool) -> tuple[Wire, Dropped | None]:
    """What goes out by an explicit block, and why it is not what the block says."""
    if tls.mode is ClientMode.DISABLE:
        return Wire.PLAINTEXT, None
    if tls.mode is ClientMode.ISTIO_MUTUAL:
        return Wire.ISTIO_MUTUAL, None
    needs_right = bool(tls.credential_name) and not _is_config_map(tls.credential_name)
    if needs_right and sidecar and not has_selector:
        return Wire.PLAINTEXT, Dropped.CREDENTIAL_WITHOUT_SELECTOR
    if tls.mode is ClientMode.SIMPLE:
        return Wire.SIMPLE, None
    if not tls.credential_name and not (tls.client_certificate and tls.private_key):
        return Wire.PLAINTEXT, Dropped.NO_KEY
    return Wire.MUTUAL, None


def _is_config_map(name: str) -> bool:
    return parse_credential(name).type is CredentialType.CONFIG_MAP
