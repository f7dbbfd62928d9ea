"""A DestinationRule names a TLS mode that Istio does not know.

What it checks

Every `tls.mode` of a DestinationRule, at the top, for a port or for a subset, must be DISABLE, SIMPLE, MUTUAL or
ISTIO_MUTUAL. The usual slip is STRICT or PERMISSIVE: those are modes of PeerAuthentications and say what servers
accept, while a DestinationRule says what clients send.

Why it matters

The API server refuses such an object ("Unsupported value"). Where it exists all the same istiod ignores the whole
rule, its subsets, load balancing and timeouts included: routes to its subsets answer 503.

Example

    apiVersion: networking.istio.io/v1
    kind: DestinationRule
    metadata:
      name: cart
      namespace: shop
    spec:
      host: cart.shop.svc.cluster.local
      trafficPolicy:
        tls:
          mode: STRICT

Better

    apiVersion: networking.istio.io/v1
    kind: DestinationRule
    metadata:
      name: cart
      namespace: shop
    spec:
      host: cart.shop.svc.cluster.local
      trafficPolicy:
        tls:
          mode: ISTIO_MUTUAL

Fix

Write the mode that was meant. For mutual TLS inside the mesh it is ISTIO_MUTUAL, or no `tls` block at all: clients
with a proxy then use mutual TLS by themselves wherever the server has one (auto mTLS).
"""

import difflib
from collections.abc import Iterator

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.kind import DESTINATION_RULE
from kubectl_mtls.model.modes import ClientMode, ServerMode
from kubectl_mtls.model.reject import Reject
from kubectl_mtls.rules.remedy import remove_field, replace_field
from kubectl_mtls.rules.rule import Rule
from kubectl_mtls.rules.view import View

RULE = Rule(
    code="MTLS201",
    name="unknown-client-mode",
    severity=Severity.ERROR,
    summary="DestinationRule with a TLS mode that Istio does not know",
    reads=(DESTINATION_RULE,),
    doc=__doc__,
)

_SERVER_ONLY = (ServerMode.STRICT, ServerMode.PERMISSIVE, ServerMode.UNSET)


def check(view: View) -> Iterator[Finding]:
    """One finding for every rule that istiod cannot read."""
    for reject in view.snapshot.rejects:
        if reject.metadata.ref.kind == DESTINATION_RULE and view.concerns(reject.metadata.namespace):
            yield RULE.finding(reject.metadata, reject.field, _message(reject), _fix(reject))


def _message(reject: Reject) -> str:
    what = "which Istio does not know"
    if reject.value in _SERVER_ONLY:
        what = "which is a PeerAuthentication's mode and says what servers accept"
    return (
        f'{reject.metadata.ref} has TLS mode "{reject.value}", {what}: the API server refuses the rule and istiod '
        "ignores all of it, subsets included"
    )


def _fix(reject: Reject) -> str:
    if reject.value in (ServerMode.PERMISSIVE, ServerMode.UNSET):
        return remove_field(reject.metadata, reject.field.removesuffix(".mode"))
    if meant := _meant(reject.value):
        return replace_field(reject.metadata, reject.field, meant)
    return f"write one of {', '.join(reject.legal)} into {reject.field}"


def _meant(value: str) -> ClientMode | None:
    """The mode that was probably meant; None when it could be any."""
    if value == ServerMode.STRICT:
        return ClientMode.ISTIO_MUTUAL
    close = difflib.get_close_matches(value.upper(), list(ClientMode), n=1, cutoff=0.75)
    return ClientMode(close[0]) if close else None
