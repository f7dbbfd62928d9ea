"""An ignore does not count, since it gives no reason or cannot be read.

What it checks

The annotation `kubectl-mtls/ignore` of every object, and every entry of the file of `check --ignore-file`: it has to
name a rule by code or name, to give a reason, and its day, if there is one, has to be a day.

Why it matters

What it should hide is still shown, and counts. A finding that nobody can say a reason for ignoring is one that nobody
decided about.

Example

    apiVersion: security.istio.io/v1
    kind: PeerAuthentication
    metadata:
      name: default
      namespace: shop
      annotations:
        kubectl-mtls/ignore: MTLS108
    spec:
      mtls: {mode: STRICT}

Better

    apiVersion: security.istio.io/v1
    kind: PeerAuthentication
    metadata:
      name: default
      namespace: shop
      annotations:
        kubectl-mtls/ignore: "MTLS108 until 2030-01-31: the port comes with the next release"
    spec:
      mtls: {mode: STRICT}

Fix

Write `CODE: REASON` or `CODE until YYYY-MM-DD: REASON`, several of them with semicolons between.
"""

from collections.abc import Iterable, Iterator

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.ignore import Ignore
from kubectl_mtls.rules.ignoring import written_ignores
from kubectl_mtls.rules.rule import Rule
from kubectl_mtls.rules.view import View

RULE = Rule(
    code="MTLS114",
    name="invalid-ignore",
    severity=Severity.WARNING,
    summary="Ignore without a reason, or that cannot be read: it does not count",
    reads=(),
    doc=__doc__,
)
_FIX = "write CODE: REASON, or CODE until YYYY-MM-DD: REASON"


def check(view: View) -> Iterator[Finding]:
    """One finding for every such ignore in an annotation."""
    for one in written_ignores(view):
        if one.ignore.problem:
            message = f"{one.ref} has an ignore{_about(one.ignore)} that does not count: {one.ignore.problem}"
            yield RULE.finding(None, one.field, message, _FIX, ref=one.ref, origin=one.origin)


def check_entries(entries: Iterable[Ignore]) -> Iterator[Finding]:
    """The same for the entries of an ignore file."""
    for ignore in entries:
        if ignore.problem:
            message = f"an entry of the ignore file{_about(ignore)} does not count: {ignore.problem}"
            yield RULE.finding(None, "", message, "write a reason, and a day as YYYY-MM-DD", origin=ignore.origin)


def _about(ignore: Ignore) -> str:
    return f" of {ignore.code}" if ignore.code else ""
