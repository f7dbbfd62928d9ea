"""The smallest change that mends a failing connection: a command that can be pasted, or advice."""

from kubectl_mtls.model import kind as kinds
from kubectl_mtls.posture.connection import Way
from kubectl_mtls.posture.evidence import Decision, Side
from kubectl_mtls.posture.explanation import Explained
from kubectl_mtls.posture.fault import Fault

_SWITCH = "kubectl mtls switch-mode"


def remedy_words(explained: Explained) -> str:
    """Empty where the connection works, or where nobody can tell what was meant."""
    fault = explained.connection.outcome.fault
    rule = _decider(explained, Side.CLIENT, kinds.DESTINATION_RULE.name)
    policy = _decider(explained, Side.SERVER, kinds.PEER_AUTHENTICATION.name)
    match fault:
        case None:
            return ""
        case Fault.PLAINTEXT_REFUSED if rule is not None:
            return _switch_rule(rule, "ISTIO_MUTUAL")
        case Fault.PLAINTEXT_REFUSED if explained.connection.way is Way.UNKNOWN_HOST:
            return "import the host: add it to spec.egress of the Sidecar, or export the Service to this namespace"
        case Fault.PLAINTEXT_REFUSED if policy is not None and explained.connection.cluster is None:
            return f"give the client a proxy, or let plaintext in: {_switch_policy(policy, 'PERMISSIVE')}"
        case Fault.PLAINTEXT_REFUSED:
            return "a DestinationRule for this host with trafficPolicy.tls.mode ISTIO_MUTUAL"
        case Fault.FOREIGN_TLS_REFUSED | Fault.CLIENT_REFUSED if rule is not None:
            return _switch_rule(rule, "ISTIO_MUTUAL")
        case Fault.TLS_TO_PLAINTEXT | Fault.TLS_TO_APPLICATION if rule is not None:
            return f"give the server a proxy, or send plaintext: {_switch_rule(rule, 'DISABLE')}"
        case Fault.SERVER_REFUSED if rule is not None:
            return f"take the mesh's certificates: {_switch_rule(rule, 'ISTIO_MUTUAL')}"
        case Fault.NOTHING_LISTENS:
            return "add a server for this port to a Gateway that selects these pods"
        case Fault.BLOCKED:
            return "a ServiceEntry for the host, or import it in the Sidecar"
        case _:
            return ""


def _decider(explained: Explained, side: Side, kind: str) -> Decision | None:
    return next(
        (
            one
            for one in explained.decisions
            if one.side is side and one.object is not None and one.object.ref.kind.name == kind
        ),
        None,
    )


def _switch_rule(decision: Decision, mode: str) -> str:
    """Only the rule's own block can be switched by command; port entries and subsets are edited."""
    if decision.object is None:
        return ""
    ref = decision.object.ref
    if decision.field == "spec.trafficPolicy.tls.mode":
        return f"{_SWITCH} dr/{ref.name} --to {mode} -n {ref.namespace}"
    return f"set {decision.field} of {ref.full} to {mode}"


def _switch_policy(decision: Decision, mode: str) -> str:
    if decision.object is None:
        return ""
    ref = decision.object.ref
    port = f" --port {decision.field.split('.')[2]}" if decision.field.startswith("spec.portLevelMtls") else ""
    return f"{_SWITCH} pa/{ref.name}{port} --to {mode} -n {ref.namespace}"
