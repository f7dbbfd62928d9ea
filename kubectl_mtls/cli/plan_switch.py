"""Which planner does `switch-mode` ask, and what has to be read for it?"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from kubectl_mtls.cli.change import PLAN_FORMATS, carry_out, parse_consent
from kubectl_mtls.cli.gather import CONNECTION_KINDS, EVIDENCE_KINDS, read_mesh
from kubectl_mtls.cli.scope import Scope
from kubectl_mtls.cli.target import Target, parse_target
from kubectl_mtls.errors import Conflict, InvalidInput
from kubectl_mtls.model import kind as kinds
from kubectl_mtls.model.modes import ServerMode
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.plan.change import Plan, Verb
from kubectl_mtls.plan.policy_target import PolicyTarget, find_mesh_policy, find_namespace_policy, find_policy
from kubectl_mtls.plan.switch_client import ClientWish, parse_client_wish, plan_client_switch, plan_client_undo
from kubectl_mtls.plan.switch_server import parse_server_mode, plan_server_switch, plan_server_undo

_MAX_PORT = 65535
_KINDS = (kinds.PEER_AUTHENTICATION, kinds.DESTINATION_RULE, kinds.NAMESPACE)
_MESH = "mesh"


@dataclass(frozen=True, slots=True)
class SwitchRequest:
    """What was typed. `to` None with `undo`."""

    target: str
    to: str | None
    port: int | None
    credential: str | None
    sni: str | None
    undo: bool


def run_switch(
    scope: Scope, request: SwitchRequest, accept: list[str], yes: bool, dry_run: str, output: str, write: bool
) -> None:
    """Check what was typed, plan, carry out. Raises InvalidInput, Refused and what reading and writing raise."""
    if write and (scope.live or output != "text"):
        raise InvalidInput("--write changes the files of -f: it goes with -f and without -o")
    consent = replace(parse_consent(accept, yes, dry_run, output, *PLAN_FORMATS), write=write)
    to, undo = request.to, request.undo
    wanted = None if request.target == _MESH else parse_target(request.target, _KINDS, _MESH)
    if undo == (to is not None):
        raise InvalidInput("--to MODE or --undo: one of them, not both" if undo else "--to MODE is missing (or --undo)")
    is_client = wanted is not None and wanted.kind == kinds.DESTINATION_RULE
    if (request.credential or request.sni) and (undo or not is_client):
        raise InvalidInput("--credential and --sni go with dr/NAME and --to only")
    if request.port is not None and (undo or wanted is None or wanted.kind != kinds.PEER_AUTHENTICATION):
        raise InvalidInput("--port goes with pa/NAME and --to only: other policies cannot have modes of ports")
    if request.port is not None and not 1 <= request.port <= _MAX_PORT:
        raise InvalidInput(f"--port {request.port}: should be a port number, 1 to {_MAX_PORT}")
    if wanted is not None and is_client:
        wish = parse_client_wish(to, request.credential, request.sni) if to else None
        plan_now = _client_planner(scope, wanted, wish)
    else:
        plan_now = _server_planner(scope, wanted, parse_server_mode(to) if to else None, request.port)
    done = carry_out(scope, plan_now, consent)
    if not undo and any(one.now is not None and one.change.verb is Verb.CREATED for one in done):
        _demand_effect(plan_now)


def _demand_effect(plan_now: Callable[[], Plan]) -> None:
    """A new policy can have lost to another one that was made at the same time: the older one decides (P03, P05)."""
    if not plan_now().is_nothing:
        raise Conflict(
            "the policy was created, but another one that is older decides: somebody made it at the same time",
            "run the command again: it changes the one that decides",
        )


def _client_planner(scope: Scope, target: Target, wish: ClientWish | None) -> Callable[[], Plan]:
    def plan_now() -> Plan:
        snapshot, seen = _read(scope, target)
        ref = _resolve(scope, target, snapshot)
        if wish is None:
            return plan_client_undo(snapshot, ref.namespace, ref.name, seen)
        return plan_client_switch(snapshot, ref.namespace, ref.name, wish, seen)

    return plan_now


def _server_planner(
    scope: Scope, target: Target | None, mode: ServerMode | None, port: int | None
) -> Callable[[], Plan]:
    def plan_now() -> Plan:
        snapshot, seen = _read(scope, target)
        policy = _find(scope, target, snapshot)
        if mode is None:
            return plan_server_undo(snapshot, policy, seen)
        return plan_server_switch(snapshot, policy, mode, seen, port)

    return plan_now


def _read(scope: Scope, target: Target | None) -> tuple[Snapshot, frozenset[str] | None]:
    """The whole mesh; where pods may be listed in the target's namespace only, what can be seen from there.

    Callers may be anywhere, so everything is asked for first. Files are opened once: a conflict needs an API server.
    """
    source = scope.source()
    is_server = target is None or target.kind != kinds.DESTINATION_RULE
    also = (*CONNECTION_KINDS, *(EVIDENCE_KINDS if is_server else ()))
    snapshot = read_mesh(source, None, scope.istio_namespace, live=scope.live, also=also)
    namespace = _namespace(scope, target)
    if namespace is None or not snapshot.gap_hiding(kinds.POD, namespace):
        return snapshot, None
    narrow = read_mesh(source, (namespace,), scope.istio_namespace, live=scope.live, also=also)
    return narrow, frozenset((namespace,))


def _namespace(scope: Scope, target: Target | None) -> str | None:
    if target is None or target.kind == kinds.NAMESPACE:
        return target.name if target else None
    return target.split[0] if target.split else _own_namespace(scope)


def _own_namespace(scope: Scope) -> str:
    return (scope.namespaces() or ("default",))[0]


def _find(scope: Scope, target: Target | None, snapshot: Snapshot) -> PolicyTarget:
    if target is None:
        return find_mesh_policy(snapshot)
    if target.kind == kinds.NAMESPACE:
        return find_namespace_policy(snapshot, target.name)
    ref = _resolve(scope, target, snapshot)
    return find_policy(snapshot, ref.namespace, ref.name)


def _resolve(scope: Scope, target: Target, snapshot: Snapshot) -> Ref:
    """NAME, or NAME.NAMESPACE: an object of the scope whose name holds the dots comes first."""
    literal = Ref(target.kind, _own_namespace(scope), target.name)
    if target.split is None or literal in snapshot.documents:
        return literal
    return Ref(target.kind, *target.split)
