"""A DestinationRule names a credential but no workloadSelector: sidecars send plaintext.

What it checks

DestinationRules without a `workloadSelector` whose TLS mode is SIMPLE or MUTUAL with a `credentialName`, at the top,
for a port or for a subset. A `configmap://` credential holds no key and is exempt. Where gateways use the rule too it
is a warning: they get the Secret, and sidecars may go through them. Where nobody but gateways does, nothing is wrong.

Why it matters

istiod gives Secrets to sidecars for rules with a `workloadSelector` only. Without one it drops the whole TLS setting,
says so nowhere, and every sidecar sends plaintext: a server that demands TLS resets the connection, one that does not
is spoken to unencrypted. Gateways do get the Secret, from their own namespace. Towards a service of the mesh MUTUAL is
the wrong tool in any case: its sidecar asks for a certificate of the mesh's own CA.

Example

    apiVersion: networking.istio.io/v1
    kind: DestinationRule
    metadata:
      name: partner
      namespace: shop
    spec:
      host: api.partner.example
      trafficPolicy:
        tls:
          mode: MUTUAL
          credentialName: partner-cert

Better

    apiVersion: networking.istio.io/v1
    kind: DestinationRule
    metadata:
      name: partner
      namespace: shop
    spec:
      host: api.partner.example
      workloadSelector:
        matchLabels:
          app: cart
      trafficPolicy:
        tls:
          mode: MUTUAL
          credentialName: partner-cert

Fix

Towards a server outside the mesh: add a `workloadSelector` for the clients, put the Secret into their namespace and let
their service account list Secrets there; or send through an egress gateway. Towards a service of the mesh: remove the
`tls` block (auto mTLS then does it), and bring a company's CA in as the mesh's own (Secret `cacerts`, or istio-csr).
"""

from collections.abc import Iterator

from kubectl_mtls.model.credential import CredentialType, parse_credential
from kubectl_mtls.model.destination_rule import ClientTLS, DestinationRule
from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.host import covers
from kubectl_mtls.model.modes import ClientMode
from kubectl_mtls.rules.rule import CONNECTIONS, Rule
from kubectl_mtls.rules.view import View

RULE = Rule(
    code="MTLS202",
    name="ignored-credential",
    severity=Severity.ERROR,
    summary="DestinationRule with a credential but no workloadSelector: sidecars send plaintext",
    reads=CONNECTIONS,
    doc=__doc__,
)


def check(view: View) -> Iterator[Finding]:
    """One finding for each TLS block that sidecars drop."""
    for rule in view.snapshot.destination_rules:
        dropped = [block for block in rule.tls if _is_dropped(block)]
        if rule.match_labels is not None or not dropped or not view.concerns(rule.metadata.namespace):
            continue
        gateways, sidecars = _users(view, rule)
        for block in dropped if sidecars or not gateways else ():
            yield _finding(view, rule, block, by_gateways=gateways)


def _users(view: View, rule: DestinationRule) -> tuple[bool, bool]:
    """Whether gateways use the rule for any host, and whether sidecars do."""
    outbound, found = view.connections.outbound, set[bool]()
    for host in outbound.hosts:
        named = covers(rule.full_host, host.name) and bool(host.ports)
        for callers in view.resolver.callers(host, host.ports[0]) if named else ():
            for client in callers.classes if callers.connection.cluster else ():
                chosen = outbound.choose(client.settings, client.namespace, client.label_map, host).rule
                if chosen is not None and any(one is rule for one in chosen.rules):
                    found.add(client.is_gateway)
    return True in found, False in found


def _is_dropped(block: ClientTLS) -> bool:
    has_key = block.mode in (ClientMode.SIMPLE, ClientMode.MUTUAL) and bool(block.credential_name)
    return has_key and parse_credential(block.credential_name).type is not CredentialType.CONFIG_MAP


def _finding(view: View, rule: DestinationRule, block: ClientTLS, *, by_gateways: bool) -> Finding:
    severity = Severity.ERROR
    message = (
        f"{rule.metadata.ref} sets {block.mode.value} with credentialName {block.credential_name} towards {rule.host}, "
        "but has no workloadSelector: istiod drops that setting for sidecars, and they send plaintext"
    )
    if _is_service(view, rule.full_host):
        message += "; the server is a service of the mesh, whose sidecar wants a certificate of the mesh's own CA"
        fix = "remove the tls block: auto mTLS does it"
    elif by_gateways:
        severity = Severity.WARNING
        message += "; gateways get it"
        fix = f"see that a VirtualService sends every sidecar's call of {rule.host} through the gateway"
    else:
        secret = f"secret/{block.credential_name} in their namespace"
        fix = f"add spec.workloadSelector.matchLabels for the clients, and {secret}"
    return RULE.finding(rule.metadata, f"{block.field}.credentialName", message, fix, severity=severity)


def _is_service(view: View, host: str) -> bool:
    return any(
        host.startswith(f"{service.metadata.name}.{service.metadata.namespace}.svc.")
        for service in view.snapshot.services
    )
