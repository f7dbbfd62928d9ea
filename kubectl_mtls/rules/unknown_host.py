"""A DestinationRule with TLS settings is for a host that nobody has.

What it checks

The `host` of DestinationRules that hold a `tls` block, against the Services and ServiceEntries that there are. A name
with a dot is taken as it is written: `ledger.shop` stands for a host of exactly that name, not for
`ledger.shop.svc.cluster.local`. In files, namespaces without any Service (or without any ServiceEntry, for names
outside of the cluster) are passed over.

Why it matters

The rule changes nothing. Somebody wrote it to protect a connection; that connection goes by auto mTLS or, towards a
host outside of the mesh, in plaintext, through a cluster that knows no rules.

Example

    apiVersion: v1
    kind: Service
    metadata: {name: ledger, namespace: shop}
    spec:
      selector: {app: ledger}
      ports: [{name: tcp, port: 5432}]
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: ledger, namespace: shop}
    spec:
      template:
        metadata:
          labels: {app: ledger, sidecar.istio.io/inject: "true"}
        spec:
          containers: [{name: ledger, image: ledger, ports: [{containerPort: 5432}]}]
    ---
    apiVersion: networking.istio.io/v1
    kind: DestinationRule
    metadata: {name: ledger, namespace: shop}
    spec:
      host: ledger.shop
      trafficPolicy:
        tls: {mode: ISTIO_MUTUAL}

Better

    apiVersion: v1
    kind: Service
    metadata: {name: ledger, namespace: shop}
    spec:
      selector: {app: ledger}
      ports: [{name: tcp, port: 5432}]
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: ledger, namespace: shop}
    spec:
      template:
        metadata:
          labels: {app: ledger, sidecar.istio.io/inject: "true"}
        spec:
          containers: [{name: ledger, image: ledger, ports: [{containerPort: 5432}]}]
    ---
    apiVersion: networking.istio.io/v1
    kind: DestinationRule
    metadata: {name: ledger, namespace: shop}
    spec:
      host: ledger.shop.svc.cluster.local
      trafficPolicy:
        tls: {mode: ISTIO_MUTUAL}

Fix

Write the full name: `NAME.NAMESPACE.svc.cluster.local` for a Service. A host outside of the mesh needs a ServiceEntry
with that name, else proxies pass traffic to it through as it is. A Service that only another cluster of the mesh has is
not seen here: then ignore the finding with a reason.
"""

from collections.abc import Iterator

from kubectl_mtls.model.destination_rule import DestinationRule
from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.host import DOMAIN, covers, is_wildcard, service_host
from kubectl_mtls.model.kind import DESTINATION_RULE, SERVICE, SERVICE_ENTRY
from kubectl_mtls.rules.remedy import replace_field
from kubectl_mtls.rules.rule import Rule
from kubectl_mtls.rules.view import View

RULE = Rule(
    code="MTLS212",
    name="unknown-host",
    severity=Severity.WARNING,
    summary="DestinationRule with TLS settings for a host that nobody has",
    reads=(DESTINATION_RULE, SERVICE, SERVICE_ENTRY),
    doc=__doc__,
)

_SUFFIX = f".svc.{DOMAIN}"


def check(view: View) -> Iterator[Finding]:
    """One finding for every such rule."""
    names = {host.name for host in view.connections.outbound.hosts}
    for rule in view.snapshot.destination_rules:
        if not rule.tls or not view.concerns(rule.metadata.namespace) or _is_known(rule.full_host, names):
            continue
        meant = _meant(rule, names)
        if meant or _sees(view, rule.full_host):
            message = (
                f"{rule.metadata.ref} says {rule.tls[0].mode.value} for {rule.host}, a host that no Service and no "
                f"ServiceEntry has{f'; {meant} is one' if meant else ''}: it changes nothing"
            )
            fix = replace_field(rule.metadata, "spec.host", meant) if meant else "correct the host, or delete the rule"
            yield RULE.finding(rule.metadata, "spec.host", message, fix)


def _is_known(host: str, names: set[str]) -> bool:
    return any(covers(host, name) for name in names) if is_wildcard(host) else host in names


def _meant(rule: DestinationRule, names: set[str]) -> str:
    """The Service that `ledger.shop` or `ledger.shop.svc` probably meant; empty where there is none."""
    name, dot, rest = rule.host.removesuffix(".svc").partition(".")
    found = service_host(name, rest)
    return found if dot and found in names else ""


def _sees(view: View, host: str) -> bool:
    """Whether the host would be among what was read if there were one."""
    is_service = host.endswith(_SUFFIX)
    namespace = host.removesuffix(_SUFFIX).rpartition(".")[2] if is_service else ""
    if is_wildcard(host) or (is_service and not view.sees_all(SERVICE, namespace)):
        return False
    if any(gap.kind == SERVICE_ENTRY for gap in view.snapshot.gaps):
        return False
    if view.snapshot.live:
        return True
    if is_service:
        return any(one.metadata.namespace == namespace for one in view.snapshot.services)
    return bool(view.snapshot.service_entries)
