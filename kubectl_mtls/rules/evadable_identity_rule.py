"""An AuthorizationPolicy excludes an identity where plaintext is accepted: who sends none gets past it.

What it checks

Rules that deny callers by `principals`, `namespaces` or `serviceAccounts`, and rules that allow all but some
(`notPrincipals`, `notNamespaces`), for Service ports whose sidecar accepts plaintext (PERMISSIVE or DISABLE). No
finding where another policy asks for an identity there, so that callers without one are refused anyway.

Why it matters

Over plaintext a caller has no identity. A rule that denies one does not match it, a rule that allows all others does:
the excluded workload has only to send plaintext, which any pod does from a container without proxy, and it is in.

Example

    apiVersion: security.istio.io/v1
    kind: AuthorizationPolicy
    metadata: {name: cart, namespace: shop}
    spec:
      action: DENY
      rules:
      - from:
        - source:
            principals: [cluster.local/ns/shop/sa/batch]
    ---
    apiVersion: v1
    kind: Service
    metadata: {name: cart, namespace: shop}
    spec:
      selector: {app: cart}
      ports: [{port: 80, targetPort: 8080}]
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: cart, namespace: shop}
    spec:
      template:
        metadata:
          labels: {app: cart, sidecar.istio.io/inject: "true"}
        spec:
          containers: [{name: cart, image: cart, ports: [{containerPort: 8080}]}]

Better

    apiVersion: security.istio.io/v1
    kind: PeerAuthentication
    metadata: {name: default, namespace: shop}
    spec:
      mtls: {mode: STRICT}
    ---
    apiVersion: security.istio.io/v1
    kind: AuthorizationPolicy
    metadata: {name: cart, namespace: shop}
    spec:
      action: DENY
      rules:
      - from:
        - source:
            principals: [cluster.local/ns/shop/sa/batch]
    ---
    apiVersion: v1
    kind: Service
    metadata: {name: cart, namespace: shop}
    spec:
      selector: {app: cart}
      ports: [{port: 80, targetPort: 8080}]
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: cart, namespace: shop}
    spec:
      template:
        metadata:
          labels: {app: cart, sidecar.istio.io/inject: "true"}
        spec:
          containers: [{name: cart, image: cart, ports: [{containerPort: 8080}]}]

Fix

STRICT refuses whoever has no identity: `kubectl mtls switch-mode pa/NAME -n NAMESPACE --to STRICT`, or `ns/NAMESPACE`
where there is no policy. Until then, deny `notPrincipals: ["*"]` too.
"""

import shlex
from collections import defaultdict
from collections.abc import Iterator

from kubectl_mtls.model.authorization_policy import Action, AuthorizationPolicy, AuthorizationRule
from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.kind import AUTHORIZATION_POLICY, ENDPOINT_SLICE, PEER_AUTHENTICATION, POD, SERVICE
from kubectl_mtls.model.modes import ServerMode
from kubectl_mtls.model.selector import selects
from kubectl_mtls.posture.connection.admission import Admission
from kubectl_mtls.posture.server.accepts import Effective
from kubectl_mtls.posture.server.services import Backend, ServiceRow
from kubectl_mtls.rules.remedy import switch_mode
from kubectl_mtls.rules.rule import MESH_CONFIG, Rule
from kubectl_mtls.rules.view import View
from kubectl_mtls.rules.words import service_ports

RULE = Rule(
    code="MTLS119",
    name="evadable-identity-rule",
    severity=Severity.WARNING,
    summary="AuthorizationPolicy that excludes an identity where plaintext, which has none, is accepted",
    reads=(AUTHORIZATION_POLICY, PEER_AUTHENTICATION, SERVICE, POD, ENDPOINT_SLICE, MESH_CONFIG),
    doc=__doc__,
)


def check(view: View) -> Iterator[Finding]:
    """One finding for every policy, about the first of its rules that can be evaded."""
    excluding = [(policy, rule) for policy in view.snapshot.authorization_policies if (rule := _excluding(policy))]
    if not excluding:
        return
    admission = Admission(view.snapshot)
    rows_by_namespace: dict[str, list[ServiceRow]] = defaultdict(list)
    for row in view.rows:
        if view.covers(row.key[0]):
            rows_by_namespace[row.key[0]].append(row)
    for policy, rule in excluding:
        namespace = policy.metadata.namespace
        everywhere = namespace in view.root_namespaces
        places = rows_by_namespace if everywhere else [namespace]
        open_rows = [
            (row, backend)
            for place in places
            for row in rows_by_namespace.get(place, ())
            for backend in row.backends
            if _lets_in(view, admission, policy, rule, backend)
        ]
        if open_rows:
            yield _finding(policy, rule, [row for row, _ in open_rows], open_rows[0][1])


def _excluding(policy: AuthorizationPolicy) -> AuthorizationRule | None:
    if policy.targets:
        return None
    match policy.action:
        case Action.DENY:
            return next((rule for rule in policy.rules if rule.identity_field), None)
        case Action.ALLOW:
            return next((rule for rule in policy.rules if rule.negative and not rule.identity_field), None)
        case _:
            return None


def _lets_in(
    view: View, admission: Admission, policy: AuthorizationPolicy, rule: AuthorizationRule, backend: Backend
) -> bool:
    accepts, pod = backend.accepts, backend.pod
    if not isinstance(accepts, Effective) or accepts.mode is ServerMode.STRICT:
        return False
    if not selects(policy.match_labels, pod.labels) or (rule.ports and str(backend.port) not in rule.ports):
        return False
    root = view.snapshot.mesh_config(pod.revision).root_namespace
    return admission.refusal(pod.metadata.namespace, root, pod.labels, backend.port) is None


def _finding(policy: AuthorizationPolicy, rule: AuthorizationRule, rows: list[ServiceRow], backend: Backend) -> Finding:
    metadata = policy.metadata
    ports = service_ports(tuple({row.key: row for row in rows}.values()), metadata.namespace)
    says = "denies" if policy.action is Action.DENY else "allows all but"
    message = (
        f"{metadata.ref} {says} certain identities at {ports}, which accepts plaintext: a caller that sends plaintext "
        "has no identity and gets past the rule"
    )
    return RULE.finding(metadata, rule.identity_field or rule.field, message, _fix(backend))


def _fix(backend: Backend) -> str:
    decider = backend.accepts.decided_by if isinstance(backend.accepts, Effective) else None
    if decider is not None:
        port = backend.port if backend.port in decider.port_modes else None
        return switch_mode(decider.metadata, ServerMode.STRICT, port)
    return shlex.join(["kubectl", "mtls", "switch-mode", f"ns/{backend.pod.metadata.namespace}", "--to", "STRICT"])
