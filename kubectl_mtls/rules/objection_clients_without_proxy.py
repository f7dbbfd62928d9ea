"""Pods without a proxy may call a Service that would then accept only mutual TLS.

What it means

The change makes Service ports STRICT that accept plaintext now. In the namespaces that the objection names there are
pods without a proxy. Whether they call these Services cannot be read from objects: every cluster has pods that call
nothing in the mesh, so they are one group, told once, and accepted once. Callers for which there is evidence are
named one by one, those of the same namespace too (MTLS720). Left out is whom an AuthorizationPolicy or a NetworkPolicy
refuses already; that the network plugin enforces NetworkPolicies is taken for granted.

Why it matters

A pod without proxy cannot do mutual TLS. From the moment of the change its calls end with `Connection reset by peer`.

Mend

Give the callers a proxy, or leave out the ports that they use: `kubectl mtls switch-mode pa/NAME -n NAMESPACE --port
PORT --to PERMISSIVE`. When nobody there calls, accept it: `--accept MTLS701`.
"""

from kubectl_mtls.model.finding import Severity
from kubectl_mtls.rules.rule import Rule

RULE = Rule(
    code="MTLS701",
    name="clients-without-proxy",
    severity=Severity.ERROR,
    summary="Pods without a proxy may call what becomes STRICT",
    reads=(),
    doc=__doc__,
)
