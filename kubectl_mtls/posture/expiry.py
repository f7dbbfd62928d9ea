"""How does each Secret that proxies are told to use stand: sound, ending soon, broken, missing, or not known?

A chain lasts as long as the first of its certificates that ends (cert-manager#2478): the leaf may be fresh. The Secret
is looked up beside the proxy that asks (pilot/pkg/xds/sds.go), so that it is missing only where such a proxy can be.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from kubectl_mtls.certs.certificate import Certificate
from kubectl_mtls.certs.chain import weakest_link
from kubectl_mtls.certs.inspection import Inspection
from kubectl_mtls.certs.problem import ProblemCode
from kubectl_mtls.model.cert_manager import ManagedCertificate
from kubectl_mtls.model.credential import CA_SUFFIX, parse_credential
from kubectl_mtls.model.destination_rule import DestinationRule
from kubectl_mtls.model.finding import Severity
from kubectl_mtls.model.gap import Gap
from kubectl_mtls.model.gateway import Gateway
from kubectl_mtls.model.kind import SECRET
from kubectl_mtls.model.pod import Pod
from kubectl_mtls.model.proxy import Proxy
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.posture.credentials import referenced_secrets
from kubectl_mtls.posture.gateways import resolve_gateways
from kubectl_mtls.posture.margin import resolve_margin
from kubectl_mtls.posture.usage import Caveat, Usage, resolve_usage

_OF_DATES = (ProblemCode.EXPIRED, ProblemCode.NOT_YET_VALID, ProblemCode.WARNED_ABOUT)
NOBODY_ASKS = "no proxy that would use it was seen in this namespace"


class State(StrEnum):
    """In which state a credential is; the worst comes first."""

    EXPIRED = "expired"
    MISSING = "missing"
    BROKEN = "broken"
    EXPIRING = "expiring"
    UNKNOWN = "unknown"
    OK = "ok"


@dataclass(frozen=True, slots=True)
class Standing:
    """One Secret that something names. `reason` says what is broken, or why nothing is known.

    `weakest` is the certificate that ends first of those that a handshake needs, None where none could be read.
    `gap` is what hides the Secret; `kept_as` is the Certificate of cert-manager that keeps it, which tells its end even
    then.
    """

    ref: Ref
    usages: tuple[Usage, ...]
    state: State
    reason: str = ""
    weakest: Certificate | None = None
    inspection: Inspection | None = None
    gap: Gap | None = None
    kept_as: ManagedCertificate | None = None

    @property
    def ends_at(self) -> datetime | None:
        """When connections with it begin to fail; of an unread Secret when its leaf ends."""
        if self.weakest:
            return self.weakest.not_after
        return self.kept_as.ends_at if self.kept_as and self.gap else None

    @property
    def kept_by(self) -> str | None:
        """What renews it, as far as anybody says so."""
        if self.inspection and (keeper := self.inspection.secret.kept_by):
            return keeper
        return f"{self.kept_as.metadata.ref} (cert-manager)" if self.kept_as else None

    def ends_within(self, span: timedelta, now: datetime) -> bool:
        """Whether it ends in that time, or has ended; what is not known may."""
        return self.state is State.UNKNOWN or (self.ends_at is not None and self.ends_at - now < span)


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
        standing = _judged(inspection, usages, now, asked) if inspection else _absent(snapshot, ref, usages)
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
        for key, pod in snapshot.pods.items():
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


def _looks_here(usage: Usage, namespace: str) -> bool:
    """Whether a proxy of this namespace asks istiod for the Secret."""
    return usage.caveat is not Caveat.IGNORED_MODE and any(asker.namespace == namespace for asker in usage.askers)


def _judged(inspection: Inspection, usages: tuple[Usage, ...], now: datetime, asked: timedelta | None) -> Standing:
    weakest = weakest_link(tuple(_links(inspection, now)))
    state, reason = _state(inspection, weakest, now, asked)
    return Standing(inspection.ref, usages, state, reason, weakest, inspection)


def _links(inspection: Inspection, now: datetime) -> Iterator[Certificate]:
    """What a handshake needs: the path; where there is none, the chain from the leaf upwards.

    Of anchors that stand for themselves those that have not ended, as long as there are any.
    """
    chain = inspection.chain
    yield from inspection.path or (chain.presented[index] for index in chain.order)
    if not chain.presented:
        anchors = chain.anchors or tuple(found.certificate for found in inspection.bundle)
        yield from [one for one in anchors if one.not_after > now] or anchors


def _state(
    inspection: Inspection, weakest: Certificate | None, now: datetime, asked: timedelta | None
) -> tuple[State, str]:
    errors = [problem for problem in inspection.problems if problem.severity is Severity.ERROR]
    if weakest and weakest.not_after <= now:
        return State.EXPIRED, ""
    if broken := next((one for one in errors if one.code not in _OF_DATES), None):
        return State.BROKEN, broken.message
    if errors:
        return (State.EXPIRED if errors[0].code is ProblemCode.EXPIRED else State.BROKEN), errors[0].message
    renews_itself = inspection.secret.kept_by is not None
    if weakest and resolve_margin(weakest, renews_itself=renews_itself, asked=asked).is_near(weakest.not_after, now):
        return State.EXPIRING, ""
    return State.OK, ""
