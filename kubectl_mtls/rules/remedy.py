"""Commands that mend a finding, ready to paste: for the cluster where it was read there, else for the file."""

import json
import shlex

from kubectl_mtls.model.metadata import Metadata
from kubectl_mtls.model.modes import ServerMode
from kubectl_mtls.model.origin import FileOrigin
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.posture.failure.rule_edit import BALANCER, Delete, Edit, Remove, SetBalancer, SwitchMode

_RESTARTABLE = ("Deployment", "StatefulSet", "DaemonSet")


def switch_mode(metadata: Metadata, to: ServerMode, port: int | None = None) -> str:
    """`kubectl mtls switch-mode` of a PeerAuthentication, or of one of its ports."""
    words = ["kubectl", "mtls", "switch-mode", f"pa/{metadata.name}", "-n", metadata.namespace]
    if port is not None:
        words += ["--port", str(port)]
    words += ["--to", to.value]
    return shlex.join([*words, *_of_file(metadata)])


def _of_file(metadata: Metadata) -> list[str]:
    """The flags that make a command change the file instead of the cluster."""
    origin = metadata.origin
    return ["-f", origin.path, "--write"] if isinstance(origin, FileOrigin) and origin.path != "-" else []


def edit(metadata: Metadata, change: Edit) -> str:
    """The edit of a DestinationRule, or of what it is made of.

    By `kubectl mtls switch-mode` where that can do it: it shows the effect first.
    """
    match change:
        case SwitchMode(field="spec.trafficPolicy.tls", mode=mode):
            words = ["kubectl", "mtls", "switch-mode", f"dr/{metadata.name}", "--to", mode.value]
            return shlex.join([*words, "-n", metadata.namespace, *_of_file(metadata)])
        case SwitchMode(field=field, mode=mode):
            return replace_field(metadata, field, {"mode": mode.value})
        case Remove(field=field):
            return remove_field(metadata, field)
        case SetBalancer(field=field):
            return replace_field(metadata, field, BALANCER)
        case Delete():
            return delete(metadata)


def delete(metadata: Metadata) -> str:
    """Take the object away."""
    if isinstance(metadata.origin, FileOrigin):
        return f"remove {metadata.ref} from {metadata.origin}"
    return shlex.join(["kubectl", "delete", *_named(metadata.ref)])


def replace_field(metadata: Metadata, field: str, value: str | dict[str, str]) -> str:
    """Write one value into a field that is there."""
    if isinstance(metadata.origin, FileOrigin):
        return f"write {_yaml(value)} in {metadata.origin.at(field)}"
    return _patch(metadata.ref, {"op": "replace", "path": _pointer(field), "value": value})


def add_field(metadata: Metadata, parent: str, added: dict[str, object]) -> str:
    """Write something new beneath a field that is there."""
    if isinstance(metadata.origin, FileOrigin):
        return f"add {json.dumps(added).replace(chr(34), '')[1:-1]} to {metadata.origin.at(parent)}"
    operations = [{"op": "add", "path": f"{_pointer(parent)}/{key}", "value": value} for key, value in added.items()]
    return _patch(metadata.ref, *operations)


def remove_field(metadata: Metadata, field: str) -> str:
    """Take one field away."""
    if isinstance(metadata.origin, FileOrigin):
        return f"remove {field} in {metadata.origin.at(field)}"
    return _patch(metadata.ref, {"op": "remove", "path": _pointer(field)})


def restart(workload: Ref) -> str:
    """New pods for a workload, by its own rules for replacing them."""
    if workload.kind.name in _RESTARTABLE:
        return shlex.join(["kubectl", "rollout", "restart", *_named(workload)])
    return f"create the pods of {workload.full} anew"


def _yaml(value: str | dict[str, str]) -> str:
    return value if isinstance(value, str) else "{" + ", ".join(f"{key}: {word}" for key, word in value.items()) + "}"


def rotate(secret: Ref) -> str:
    """New files for a certificate Secret."""
    files = ("--cert", "NEW.pem", "--key", "NEW.key", "--ca", "CA.pem")
    return shlex.join(["kubectl", "mtls", "rotate", str(secret), "-n", secret.namespace, *files])


def _patch(ref: Ref, *operations: dict[str, object]) -> str:
    return shlex.join(["kubectl", "patch", *_named(ref), "--type", "json", "-p", json.dumps(operations)])


def _named(ref: Ref) -> list[str]:
    return [ref.kind.singular, ref.name, *(("-n", ref.namespace) if ref.namespace else ())]


def _pointer(field: str) -> str:
    return "/" + field.replace("~", "~0").replace("/", "~1").replace(".", "/")
