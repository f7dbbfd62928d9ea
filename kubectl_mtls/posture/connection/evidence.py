"""What decided a connection, and what was passed over: the objects and fields, in the order of the decisions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from kubectl_mtls.model.destination_rule import ClientTLS, DestinationRule
from kubectl_mtls.model.metadata import Metadata
from kubectl_mtls.model.pod import Pod
from kubectl_mtls.model.proxy_files import CERTIFICATE, ProxyFiles
from kubectl_mtls.model.workload_entry import ISTIO, TLS_MODE_LABEL
from kubectl_mtls.posture.client.rule_index import MergedRule
from kubectl_mtls.posture.client.visibility import Scope
from kubectl_mtls.posture.cluster.auto_mtls import Gate, GateAnswer
from kubectl_mtls.posture.cluster.cluster import Cluster
from kubectl_mtls.posture.connection.admission import Refusal
from kubectl_mtls.posture.connection.connection import Connection, Way
from kubectl_mtls.posture.connection.passed_over import PassedOver, Why, passed_over
from kubectl_mtls.posture.server.accepts import Effective, NoProxy


class Side(StrEnum):
    """Whose decision it is."""

    CLIENT = "client"
    SERVER = "server"


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision. `object` None means that a default decided; `value` is the word it came to, `why` says what that
    means where the word alone does not.
    """

    side: Side
    object: Metadata | None
    field: str
    value: str
    overruled: tuple[PassedOver, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class Bypass:
    """A client pod's annotation for which a connection goes past its sidecar."""

    pod: Pod
    annotation: str


def resolve_evidence(
    connection: Connection, rules: Sequence[DestinationRule], scope: Scope | None, bypass: Bypass | None = None
) -> list[Decision]:
    """Every decision behind a connection, the client's first. `rules` are those that name the host."""
    found: list[Decision] = []
    cluster = connection.cluster
    if connection.waypoint is not None:
        leads = connection.waypoint
        found.append(Decision(Side.CLIENT, leads.bound_by, "metadata.labels", f"waypoint {leads.name}"))
    elif cluster is not None:
        found.append(_of_client(cluster, passed_over(connection, rules)))
        found += _of_labels(cluster, connection)
    elif bypass is not None:
        why = "keeps the connection from the proxy"
        found.append(_of_annotation(Side.CLIENT, bypass.pod, bypass.annotation, why))
    elif connection.way is Way.UNKNOWN_HOST and scope is not None and scope.sidecar is not None:
        found.append(Decision(Side.CLIENT, scope.sidecar.metadata, "spec.egress", "host not imported"))
    gateways = {gateway for one in connection.results if one.sent for gateway in one.sent.via}
    found += [Decision(Side.CLIENT, None, "", f"network {one.network} by {one.shown}") for one in sorted(gateways)]
    found += _of_servers(connection)
    return found


def _of_client(cluster: Cluster, lost: tuple[PassedOver, ...]) -> Decision:
    rule, policy = cluster.rule, cluster.policy
    if cluster.files is not None:
        replaced = _hidden(_owner(rule, policy.tls), policy.tls, Why.OWN_FILES) if rule and policy.tls else ()
        return _of_files(cluster, cluster.files, (*replaced, *lost))
    if rule is not None and policy.tls is not None:
        owner = _owner(rule, policy.tls)
        value = f"{policy.tls.mode.value} ({cluster.dropped})" if cluster.dropped else policy.tls.mode.value
        hidden = _hidden(owner, policy.hidden, Why.NEARER)
        field = policy.field if owner.made_of else f"{policy.field}.mode"
        return Decision(Side.CLIENT, owner.metadata, field, value, (*hidden, *lost))
    if rule is not None and policy.hidden is not None:
        lost = (*_hidden(_owner(rule, policy.hidden), policy.hidden, Why.PORT_ENTRY), *lost)
    return _of_gate(cluster.gate, lost)


def _of_files(cluster: Cluster, files: ProxyFiles, lost: tuple[PassedOver, ...]) -> Decision:
    """The clients of a class may have it from their annotations or from MeshConfig."""
    dropped = f" ({cluster.dropped})" if cluster.dropped else ""
    return Decision(Side.CLIENT, None, "", f"the proxy's own {CERTIFICATE} {files.certificate}{dropped}", lost)


def _of_gate(gate: GateAnswer | None, lost: tuple[PassedOver, ...]) -> Decision:
    if gate is None:
        return Decision(Side.CLIENT, None, "", "", lost)
    if gate.policy is not None:
        field, mode = gate.policy.field_of(None), gate.policy.mode.value
        return Decision(Side.CLIENT, gate.policy.metadata, field, mode, lost, gate.gate.value)
    if gate.endpoint is not None and gate.endpoint.pod is not None:
        return _of_label(gate.endpoint.pod, gate.gate.value, lost)
    return Decision(Side.CLIENT, None, "", gate.gate.value, lost)


def _of_labels(cluster: Cluster, connection: Connection) -> Iterator[Decision]:
    """The first pod with a sidecar that clients send plaintext to for its label, where each endpoint decides."""
    if cluster.gate is None or cluster.gate.gate is not Gate.OPEN:
        return
    for result in connection.results:
        pod = result.endpoint.pod
        if pod is not None and pod.proxy.is_sidecar and result.endpoint.tls_mode != ISTIO:
            yield _of_label(pod, "clients take it for one without proxy")
            return


def _of_label(pod: Pod, why: str, lost: tuple[PassedOver, ...] = ()) -> Decision:
    value = f"{TLS_MODE_LABEL} {pod.labels.get(TLS_MODE_LABEL) or 'absent'}"
    return Decision(Side.CLIENT, pod.metadata, "metadata.labels", value, lost, why)


def _hidden(owner: DestinationRule, block: ClientTLS | None, why: Why) -> tuple[PassedOver, ...]:
    return () if block is None else (PassedOver(owner.metadata, f"{block.field}.mode", block.mode.value, why.value),)


def _owner(rule: MergedRule, tls: ClientTLS) -> DestinationRule:
    """The rule that a block stands in."""
    return next((one for one in rule.rules if any(block is tls for block in one.tls)), rule.first)


def _of_servers(connection: Connection) -> Iterator[Decision]:
    found: dict[object, Decision] = {}
    for result in connection.results:
        match result.accepts:
            case Effective() as accepts:
                key = (accepts.decided_by.metadata.ref if accepts.decided_by else None, accepts.field, accepts.mode)
                found.setdefault(key, _of_mode(accepts))
            case NoProxy(annotation=str() as annotation) if result.endpoint.pod is not None:
                why = "keeps this port from the proxy"
                found.setdefault(annotation, _of_annotation(Side.SERVER, result.endpoint.pod, annotation, why))
        for one in result.servers:
            found.setdefault((one.gateway.ref, one.field), Decision(Side.SERVER, one.gateway, one.field, one.value))
        if result.refusal is not None:
            yield _of_refusal(result.refusal)
    yield from found.values()


def _of_mode(accepts: Effective) -> Decision:
    lost = tuple(PassedOver(one.policy.metadata, one.field, one.mode.value, one.why.value) for one in accepts.overruled)
    decider = accepts.decided_by.metadata if accepts.decided_by else None
    return Decision(Side.SERVER, decider, accepts.field, accepts.mode.value, lost)


def _of_annotation(side: Side, pod: Pod, annotation: str, why: str) -> Decision:
    value = f"{annotation} {pod.metadata.annotations.get(annotation, '')}".strip()
    return Decision(side, pod.metadata, "metadata.annotations", value, why=why)


def _of_refusal(refusal: Refusal) -> Decision:
    return Decision(Side.SERVER, refusal.policy.metadata, refusal.field, refusal.policy.action.value)
