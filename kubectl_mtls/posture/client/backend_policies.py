"""Which DestinationRules does istiod make of BackendTLSPolicies?

Source: pilot/pkg/config/kube/gateway/backend_policies.go (BackendTLSPolicyCollection, DestinationRuleCollection). What
the CA's ConfigMap holds is not looked at: where it is missing, istiod names a credential that does not exist.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from kubectl_mtls.model.backend_tls_policy import BackendTLSPolicy, PolicyTarget
from kubectl_mtls.model.destination_rule import ClientTLS, DestinationRule, PortPolicy, TrafficPolicy
from kubectl_mtls.model.host import service_host
from kubectl_mtls.model.metadata import Metadata
from kubectl_mtls.model.modes import ClientMode
from kubectl_mtls.model.snapshot import Snapshot

_FIELD = "spec.validation"
_INVALID = "invalid://"


@dataclass(frozen=True, slots=True)
class _Attached:
    """One policy on one host. `port` None: on all of its ports."""

    policy: BackendTLSPolicy
    port: int | None


def resolve_backend_rules(snapshot: Snapshot) -> tuple[DestinationRule, ...]:
    """One rule for every host that policies target; it counts as the oldest, since it has no creation time."""
    policies = [one for one in sorted(snapshot.backend_tls_policies, key=_age) if not one.ignored]
    backends = _backends(snapshot) if policies else {}
    attached: dict[tuple[str, str], list[_Attached]] = defaultdict(list)
    taken: set[tuple[str, PolicyTarget]] = set()
    for policy in policies:
        namespace = policy.metadata.namespace
        free = [target for target in policy.targets if (namespace, target) not in taken]
        taken.update((namespace, target) for target in policy.targets)
        for target in free:
            for host, port in _hosts(backends, namespace, target):
                attached[namespace, host].append(_Attached(policy, port))
    return tuple(_rule(host, found) for (_, host), found in sorted(attached.items()))


def _age(policy: BackendTLSPolicy) -> tuple[object, ...]:
    made, name, namespace = policy.metadata.age_order
    return (made, namespace, name)


_Backends = dict[tuple[str, str, str], tuple[tuple[str, ...], dict[str, int]]]


def _backends(snapshot: Snapshot) -> _Backends:
    """What a policy may target: its hosts, and its ports by name."""
    found: _Backends = {}
    for service in snapshot.services:
        namespace, name = service.key
        found["Service", namespace, name] = (
            (service_host(name, namespace),),
            {port.name: port.number for port in service.ports},
        )
    for entry in snapshot.service_entries:
        key = ("ServiceEntry", entry.metadata.namespace, entry.metadata.name)
        found[key] = (entry.hosts, {port.name: port.number for port in entry.ports})
    return found


def _hosts(backends: _Backends, namespace: str, target: PolicyTarget) -> Iterator[tuple[str, int | None]]:
    """None where the target is not there, has no such port, or is of another kind."""
    groups = {"Service": "", "ServiceEntry": "networking.istio.io"}
    backend = backends.get((target.kind, namespace, target.name))
    if backend is None or groups[target.kind] != target.group:
        return
    hosts, ports = backend
    if not target.port_name:
        yield from ((host, None) for host in hosts)
    elif target.port_name in ports:
        yield from ((host, ports[target.port_name]) for host in hosts)


def _rule(host: str, attached: list[_Attached]) -> DestinationRule:
    """The oldest policy of all ports, and the oldest one of each port; entries replace what is above them whole."""
    whole = next((one for one in attached if one.port is None), None)
    by_port = {one.port: one for one in reversed(attached) if one.port is not None}
    tls = _tls(whole) if whole else None
    ports = tuple(PortPolicy(_FIELD, port, _tls(one), "") for port, one in sorted(by_port.items()))
    blocks = (*((tls,) if tls else ()), *(entry.tls for entry in ports if entry.tls))
    policy = TrafficPolicy(_FIELD, tls, "", ports)
    metadata = replace((whole or attached[0]).policy.metadata, created_at=None)
    return DestinationRule(metadata, host, None, blocks, policy=policy, made_of=_sources(attached))


def _sources(attached: Iterable[_Attached]) -> tuple[Metadata, ...]:
    return tuple({one.policy.metadata.ref: one.policy.metadata for one in attached}.values())


def _tls(attached: _Attached) -> ClientTLS:
    policy = attached.policy
    return ClientTLS(
        field=_FIELD,
        mode=ClientMode.SIMPLE,
        credential_name=_credential(policy),
        sni=policy.hostname,
        port=attached.port,
        subject_alt_names=policy.subject_alt_names or None,
    )


def _credential(policy: BackendTLSPolicy) -> str:
    """The CA: only a ConfigMap beside the policy is taken, and only the first; anything else blocks traffic."""
    if policy.well_known or not policy.certificates:
        return ""
    first = policy.certificates[0]
    if first.group or first.kind != "ConfigMap":
        return _INVALID
    return f"configmap://{policy.metadata.namespace}/{first.name}"
