"""A PeerAuthentication names a mode that Istio does not know.

What it checks

`spec.mtls.mode` and every `spec.portLevelMtls.<port>.mode` of a PeerAuthentication must be UNSET, DISABLE, PERMISSIVE
or STRICT, and the keys of `portLevelMtls` must be port numbers. The usual slip is ISTIO_MUTUAL: that is a mode of
DestinationRules and says what clients send, while a PeerAuthentication says what servers accept.

Why it matters

The API server refuses such an object ("Unsupported value"). Where it exists all the same (an old CRD, a manifest in
Git) istiod ignores the whole policy, the valid parts included: the workloads stay at the mode they have without it,
which often is PERMISSIVE, while the file reads as if they were protected.

Example

    apiVersion: security.istio.io/v1
    kind: PeerAuthentication
    metadata:
      name: default
      namespace: shop
    spec:
      mtls:
        mode: ISTIO_MUTUAL

Better

    apiVersion: security.istio.io/v1
    kind: PeerAuthentication
    metadata:
      name: default
      namespace: shop
    spec:
      mtls:
        mode: STRICT

Fix

Write the mode that was meant. For "only mutual TLS" it is STRICT; clients with a proxy then use mutual TLS by
themselves (auto mTLS), without a DestinationRule.
"""

import difflib
from collections.abc import Iterator

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.kind import PEER_AUTHENTICATION
from kubectl_mtls.model.modes import ClientMode, ServerMode
from kubectl_mtls.model.reject import Reject
from kubectl_mtls.rules.remedy import replace_field
from kubectl_mtls.rules.rule import Rule
from kubectl_mtls.rules.view import View

RULE = Rule(
    code="MTLS101",
    name="unknown-mode",
    severity=Severity.ERROR,
    summary="PeerAuthentication with a mode that Istio does not know",
    reads=(PEER_AUTHENTICATION,),
    doc=__doc__,
)

_CONSEQUENCE = "the API server refuses the policy and istiod ignores all of it, so it protects nothing"


def check(view: View) -> Iterator[Finding]:
    """One finding for every policy that istiod cannot read."""
    for reject in view.snapshot.rejects:
        if reject.metadata.ref.kind == PEER_AUTHENTICATION and view.concerns(reject.metadata.namespace):
            yield RULE.finding(reject.metadata, reject.field, _message(reject), _fix(reject))


def _message(reject: Reject) -> str:
    policy = reject.metadata.ref
    if not reject.field.endswith(".mode"):
        return f'{policy} has "{reject.value}" where spec.portLevelMtls needs a port number: {_CONSEQUENCE}'
    what = "which Istio does not know"
    if reject.value in (ClientMode.ISTIO_MUTUAL, ClientMode.MUTUAL, ClientMode.SIMPLE):
        what = "which is a DestinationRule's mode and says what clients send"
    return f'{policy} has mode "{reject.value}", {what}: {_CONSEQUENCE}'


def _fix(reject: Reject) -> str:
    if not reject.field.endswith(".mode"):
        return "name the container port by its number: spec.portLevelMtls knows no port names"
    if meant := _meant(reject.value):
        return replace_field(reject.metadata, reject.field, meant)
    return f"write one of {', '.join(reject.legal)} into {reject.field}"


def _meant(value: str) -> ServerMode | None:
    """The mode that was probably meant; None when it could be any."""
    if value in (ClientMode.ISTIO_MUTUAL, ClientMode.MUTUAL, ClientMode.SIMPLE):
        return ServerMode.STRICT
    close = difflib.get_close_matches(value.upper(), list(ServerMode), n=1, cutoff=0.75)
    return ServerMode(close[0]) if close else None
