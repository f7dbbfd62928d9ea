"""A proxy is told to use a Secret that its service account may not list: istiod does not send it.

What it checks

For every proxy that has to ask istiod for the Secret: may its service account list Secrets in its namespace? The API
server is asked as istiod asks it; where that is forbidden, or in files, Roles and their bindings are evaluated. Rules
that name single objects (`resourceNames`) do not give the right, neither does a binding to a group: istiod names no
groups in its question.

Why it matters

istiod refuses the Secret, says so only in its log (`attempted to access unauthorized certificates`), and the proxy
waits: a cluster answers 503, a listener resets connections. istiod remembers a refusal for a minute and a permission
for five, so that the remedy takes its time; a proxy asks again only when the Secret or the object that names it
changes.

Example

    apiVersion: v1
    kind: Secret
    metadata:
      name: partner-cert
      namespace: shop
    type: kubernetes.io/tls
    ---
    apiVersion: networking.istio.io/v1
    kind: DestinationRule
    metadata:
      name: partner
      namespace: shop
    spec:
      host: api.partner.example
      workloadSelector:
        matchLabels: {app: cart}
      trafficPolicy:
        tls: {mode: MUTUAL, credentialName: partner-cert}
    ---
    apiVersion: v1
    kind: Pod
    metadata:
      name: cart-0
      namespace: shop
      labels: {app: cart}
    spec:
      serviceAccountName: cart
      containers:
        - name: istio-proxy
          image: proxyv2
          args: [proxy, sidecar]
    ---
    apiVersion: rbac.authorization.k8s.io/v1
    kind: RoleBinding
    metadata:
      name: cart
      namespace: shop
    roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
    subjects:
      - {kind: ServiceAccount, name: cart, namespace: shop}

Better

    apiVersion: v1
    kind: Secret
    metadata:
      name: partner-cert
      namespace: shop
    type: kubernetes.io/tls
    ---
    apiVersion: networking.istio.io/v1
    kind: DestinationRule
    metadata:
      name: partner
      namespace: shop
    spec:
      host: api.partner.example
      workloadSelector:
        matchLabels: {app: cart}
      trafficPolicy:
        tls: {mode: MUTUAL, credentialName: partner-cert}
    ---
    apiVersion: v1
    kind: Pod
    metadata:
      name: cart-0
      namespace: shop
      labels: {app: cart}
    spec:
      serviceAccountName: cart
      containers:
        - name: istio-proxy
          image: proxyv2
          args: [proxy, sidecar]
    ---
    apiVersion: rbac.authorization.k8s.io/v1
    kind: Role
    metadata:
      name: list-secrets
      namespace: shop
    rules:
      - apiGroups: [""]
        resources: [secrets]
        verbs: [list]
    ---
    apiVersion: rbac.authorization.k8s.io/v1
    kind: RoleBinding
    metadata:
      name: cart
      namespace: shop
    roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: list-secrets}
    subjects:
      - {kind: ServiceAccount, name: cart, namespace: shop}

Fix

Bind the service account to a Role with `list` on `secrets` in its namespace. Know the price: the application in the
pod has the same service account and may then read every Secret of the namespace. Without that right: mount the Secret
into the proxy (annotations sidecar.istio.io/userVolume and userVolumeMount) and name the files instead, or send through
an egress gateway in a namespace of its own.
"""

from collections.abc import Iterator

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.kind import (
    CLUSTER_ROLE,
    CLUSTER_ROLE_BINDING,
    DESTINATION_RULE,
    GATEWAY,
    POD,
    ROLE,
    ROLE_BINDING,
    SECRET,
)
from kubectl_mtls.posture.credential.dossier import Dossier
from kubectl_mtls.posture.credential.usage import Asker, Caveat
from kubectl_mtls.rules.rule import Rule
from kubectl_mtls.rules.words import listed

RULE = Rule(
    code="MTLS334",
    name="secret-not-listable",
    severity=Severity.ERROR,
    summary="Proxy whose service account may not list Secrets, so istiod withholds the one it needs",
    reads=(SECRET, DESTINATION_RULE, GATEWAY, POD, ROLE, ROLE_BINDING, CLUSTER_ROLE, CLUSTER_ROLE_BINDING),
    doc=__doc__,
)


def check(dossier: Dossier) -> Iterator[Finding]:
    """One finding for each service account, with the objects that send its proxies for the Secret."""
    secret = dossier.inspection.secret
    for asker in _refused(dossier):
        users = [usage.user.ref.full for usage in dossier.usages if usage.needs_right and asker in usage.askers]
        account = asker.service_account
        message = (
            f"{secret.ref} is withheld from {listed(dict.fromkeys(users))}: serviceaccount/{account} may not list "
            f"Secrets in namespace {asker.namespace}, which istiod demands (it remembers a refusal for a minute)"
        )
        yield RULE.finding(secret.metadata, "", message, _fix(asker))


def _refused(dossier: Dossier) -> list[Asker]:
    """One of each service account, where the use is one at all."""
    found: dict[str, Asker] = {}
    for usage in dossier.usages:
        if usage.needs_right and usage.caveat is not Caveat.IGNORED_MODE:
            for asker in usage.askers:
                if dossier.rights[asker].allowed is False:
                    found.setdefault(asker.service_account, asker)
    return list(found.values())


def _fix(asker: Asker) -> str:
    name, namespace = asker.service_account, asker.namespace
    return (
        f"kubectl create role list-secrets -n {namespace} --verb=list --resource=secrets && kubectl create rolebinding "
        f"{name}-list-secrets -n {namespace} --role=list-secrets --serviceaccount={namespace}:{name}  (lets the "
        "application read every Secret of the namespace: files mounted into the proxy are the alternative)"
    )
