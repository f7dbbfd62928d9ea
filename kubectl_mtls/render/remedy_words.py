"""The smallest change that mends a failing connection: a command that can be pasted, or advice."""

from kubectl_mtls.model import kind as kinds
from kubectl_mtls.plan.mending import CURES, Consequence, Switch, deciding_rule, find_switch
from kubectl_mtls.posture.connection import Way
from kubectl_mtls.posture.explanation import Explained
from kubectl_mtls.posture.fault import Fault

_BEFORE = {
    Fault.TLS_TO_PLAINTEXT: "give the server a proxy, or send plaintext: ",
    Fault.TLS_TO_APPLICATION: "give the server a proxy, or send plaintext: ",
    Fault.SERVER_REFUSED: "take the mesh's certificates: ",
}


def remedy_words(explained: Explained) -> str:
    """Empty where the connection works, or where nobody can tell what was meant."""
    connection = explained.connection
    fault, switch = connection.outcome.fault, find_switch(explained)
    match fault:
        case None:
            return ""
        case _ if switch is not None and switch.ref.kind == kinds.DESTINATION_RULE:
            return f"{_BEFORE.get(fault, '')}{switch_words(switch)}"
        case _ if fault in CURES and (rule := deciding_rule(explained)) and rule.object is not None:
            return f"{_BEFORE.get(fault, '')}set {rule.field} of {rule.object.ref.full} to {CURES[fault]}"
        case Fault.PLAINTEXT_REFUSED if connection.way is Way.UNKNOWN_HOST:
            return "import the host: add it to spec.egress of the Sidecar, or export the Service to this namespace"
        case Fault.PLAINTEXT_REFUSED if switch is not None:
            return f"give the client a proxy, or let plaintext in: {switch_words(switch)}"
        case Fault.PLAINTEXT_REFUSED:
            return "a DestinationRule for this host with trafficPolicy.tls.mode ISTIO_MUTUAL"
        case Fault.NOTHING_LISTENS:
            return "add a server for this port to a Gateway that selects these pods"
        case Fault.BLOCKED:
            return "a ServiceEntry for the host, or import it in the Sidecar"
        case _:
            return ""


def switch_words(switch: Switch) -> str:
    """The command."""
    target = "dr" if switch.ref.kind == kinds.DESTINATION_RULE else "pa"
    port = f" --port {switch.port}" if switch.port is not None else ""
    return f"kubectl mtls switch-mode {target}/{switch.ref.name}{port} --to {switch.to} -n {switch.ref.namespace}"


def consequence_words(consequence: Consequence, *, everywhere: bool) -> str:
    """What a switch changes beside; `everywhere` says that the clients of all namespaces were read."""
    others = f"{consequence.others} other connection{'' if consequence.others == 1 else 's'} change"
    where = "" if everywhere else " in the namespaces that were read"
    if not consequence.mends:
        return f"(this one goes on failing, {others}{where})"
    fails = f", of which {consequence.failing} would fail" if consequence.failing else ""
    return f"(makes this and {others}{where}{fails})"
