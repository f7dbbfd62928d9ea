"""An ignore has passed its last day, so that what it hid is shown again.

What it checks

The annotation `kubectl-mtls/ignore` of every object, and every entry of the file of `check --ignore-file`: its day
(`until`) is over. The day itself still counts, in UTC.

Why it matters

Whoever wrote the date wanted to look at the finding again by then. From now on it counts: a pipeline that passed
yesterday may fail today, and this is why.

Example

    apiVersion: security.istio.io/v1
    kind: PeerAuthentication
    metadata:
      name: default
      namespace: shop
      annotations:
        kubectl-mtls/ignore: "MTLS108 until 2024-01-31: the port comes with the next release"
    spec:
      mtls: {mode: STRICT}

Better

    apiVersion: security.istio.io/v1
    kind: PeerAuthentication
    metadata: {name: default, namespace: shop}
    spec:
      mtls: {mode: STRICT}

Fix

Mend what was ignored and remove the ignore, or write a new day into it, with a reason that is still true.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.ignore import Ignore
from kubectl_mtls.rules.ignoring import written_ignores
from kubectl_mtls.rules.rule import Rule
from kubectl_mtls.rules.view import View

RULE = Rule(
    code="MTLS113",
    name="expired-ignore",
    severity=Severity.WARNING,
    summary="Ignore whose last day is over: what it hid counts again",
    reads=(),
    doc=__doc__,
)
_FIX = "mend what it ignored and remove it, or write a new day into it"


def check(view: View) -> Iterator[Finding]:
    """One finding for every such ignore in an annotation."""
    for one in written_ignores(view):
        if one.ignore.problem is None and one.ignore.has_expired(view.now):
            message = f"{one.ref} {_sentence(one.ignore)}"
            yield RULE.finding(None, one.field, message, _FIX, ref=one.ref, origin=one.origin)


def check_entries(entries: Iterable[Ignore], now: datetime) -> Iterator[Finding]:
    """The same for the entries of an ignore file."""
    for ignore in entries:
        if ignore.problem is None and ignore.has_expired(now):
            yield RULE.finding(None, "", f"an entry of the ignore file {_sentence(ignore)}", _FIX, origin=ignore.origin)


def _sentence(ignore: Ignore) -> str:
    return f"ignores {ignore.code} until {ignore.last_day} only, which is over ({ignore.reason})"
