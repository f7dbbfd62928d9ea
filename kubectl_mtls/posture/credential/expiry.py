"""How do the Secrets stand that DestinationRules and Gateways name, those that were not read or are missing included?

A Secret is looked up beside the proxy that asks (pilot/pkg/xds/sds.go), so that it is missing only where such a proxy
can be.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from kubectl_mtls.certs.inspection import Inspection
from kubectl_mtls.model.cert_manager import ManagedCertificate
from kubectl_mtls.model.credential import CA_SUFFIX, parse_credential
from kubectl_mtls.model.destination_rule import DestinationRule
from kubectl_mtls.model.gateway import Gateway
from kubectl_mtls.model.kind import SECRET
from kubectl_mtls.model.pod import Pod
from kubectl_mtls.model.proxy import Proxy
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.posture.connection.gateways import resolve_gateways
from kubectl_mtls.posture.credential.credentials import referenced_secrets
from kubectl_mtls.posture.credential.standing import Standing, State, judge_credential
from kubectl_mtls.posture.credential.usage import Caveat, Usage, resolve_usage

NOBODY_ASKS = "no proxy that would use it was seen in this namespace"


def resolve_standings(
    snapshot: Snapshot, inspections: Mapping[Ref, Inspection], now: datetime, asked: timedelta | None = None
) -> tuple[Standing, ...]:
    """Every Secret that is named, by namespace and name. `asked`: what ends sooner than that is EXPIRING."""
    users = _Users(snapshot)
    kept = {(one.metadata.namespace, one.secret_name): one for one in snapshot.certificates}
    found = []
    for namespace, name in referenced_secrets(snapshot):
        if not users.know(name) and users.know(name.removesuffix(CA_SUFFIX)):
            continue  # the companion is part of the Secret it belongs to
        ref = Ref(SECRET, namespace, name)
        usages = resolve_usage(users.around(namespace, name), namespace, name)
        inspection = inspections.get(ref)
        standing = judge_credential(inspection, usages, now, asked) if inspection else _absent(snapshot, ref, usages)
        if not _is_idle(standing):
            found.append(_as_kept(standing, kept.get((namespace, name)), now))
    return tuple(found)


class _Users:
    """Which objects name a Secret, and which pods could use it: each Secret is looked up among its own users only."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._rules: dict[str, list[DestinationRule]] = defaultdict(list)
        self._gateways: dict[str, list[Gateway]] = defaultdict(list)
        self._pods: dict[str, dict[tuple[str, str], Pod]] = defaultdict(dict)
        for rule in snapshot.destination_rules:
            for name in {parse_credential(block.credential_name).name for block in rule.tls if block.credential_name}:
                self._rules[name].append(rule)
        for gateway in resolve_gateways(snapshot):
            for name in {parse_credential(place.name).name for place in gateway.credentials}:
                self._gateways[name].append(gateway)
        for key, pod in _one_of_each(snapshot.pods):
            self._pods["" if pod.proxy is Proxy.GATEWAY else pod.metadata.namespace][key] = pod

    def know(self, name: str) -> bool:
        """Whether something names a Secret of this name itself."""
        return name in self._rules or name in self._gateways

    def around(self, namespace: str, name: str) -> Snapshot:
        """The snapshot with nothing but what may use this Secret."""
        rules, gateways = self._rules.get(name, []), self._gateways.get(name, [])
        places = {"", namespace, *(rule.metadata.namespace for rule in rules)}
        pods = {key: pod for place in places for key, pod in self._pods.get(place, {}).items()}
        return replace(
            self._snapshot,
            destination_rules=tuple(rules),
            gateways=tuple(gateways),
            kubernetes_gateways=(),
            pods=pods,
        )


def _one_of_each(pods: Mapping[tuple[str, str], Pod]) -> Iterator[tuple[tuple[str, str], Pod]]:
    """Pods in the mesh that ask for the same Secrets by the same right are one."""
    seen: set[tuple[object, ...]] = set()
    for key, pod in pods.items():
        same = (pod.metadata.namespace, pod.workload, pod.service_account, pod.proxy, frozenset(pod.labels.items()))
        if pod.proxy.in_mesh and same not in seen:
            seen.add(same)
            yield key, pod


def _absent(snapshot: Snapshot, ref: Ref, usages: tuple[Usage, ...]) -> Standing:
    """Missing only where nothing hides it and a proxy would ask for it."""
    if gap := snapshot.gap_hiding(SECRET, ref.namespace, ref.name):
        return Standing(ref, usages, State.UNKNOWN, gap.detail, gap=gap)
    if not any(_looks_here(usage, ref.namespace) for usage in usages):
        return Standing(ref, usages, State.UNKNOWN, NOBODY_ASKS)
    return Standing(ref, usages, State.MISSING)


def _as_kept(standing: Standing, certificate: ManagedCertificate | None, now: datetime) -> Standing:
    """With what cert-manager says of it: when a Secret ends that was not read, and whether its renewal is late."""
    if certificate is None:
        return standing
    standing = replace(standing, kept_as=certificate)
    ends_at = standing.ends_at
    if standing.gap is None or ends_at is None:
        return standing
    if ends_at <= now:
        return replace(standing, state=State.EXPIRED)
    renews_at = certificate.renews_at
    is_late = renews_at is not None and now > renews_at + (ends_at - renews_at) / 2
    return replace(standing, state=State.EXPIRING) if is_late else standing


def _is_idle(standing: Standing) -> bool:
    """Every gateway sees a rule without workloadSelector; a Secret beside one that nobody put there is not missed."""
    is_of_others = all(
        usage.caveat is Caveat.NO_SELECTOR and usage.user.namespace != standing.ref.namespace
        for usage in standing.usages
    )
    return standing.inspection is None and bool(standing.usages) and is_of_others


def _looks_here(usage: Usage, namespace: str) -> bool:
    """Whether a proxy of this namespace needs the Secret."""
    return usage.caveat is None and any(asker.namespace == namespace for asker in usage.askers)
