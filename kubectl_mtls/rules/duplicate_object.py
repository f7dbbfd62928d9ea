"""The files hold the same object twice, and the later one counts.

What it checks

Two objects of the same kind, namespace and name in the files of `-f`, in the order in which they are read: as given
on the command line, folders in the order of their file names.

Why it matters

`kubectl apply` would write the first and then the second over it, so only the later one counts, and so it does in
these answers. What the first one says is lost, and in another order of files the other one would win.

Example

    apiVersion: security.istio.io/v1
    kind: PeerAuthentication
    metadata: {name: default, namespace: shop}
    spec:
      mtls: {mode: STRICT}
    ---
    apiVersion: security.istio.io/v1
    kind: PeerAuthentication
    metadata: {name: default, namespace: shop}
    spec:
      mtls: {mode: PERMISSIVE}

Better

    apiVersion: security.istio.io/v1
    kind: PeerAuthentication
    metadata: {name: default, namespace: shop}
    spec:
      mtls: {mode: STRICT}

Fix

Remove one of the two. Overlays of one tool (kustomize, Helm values of several environments) belong on the command
line one at a time, as rendered.
"""

from collections.abc import Iterator

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.origin import FileOrigin, Origin
from kubectl_mtls.rules.rule import Rule
from kubectl_mtls.rules.view import View

RULE = Rule(
    code="MTLS110",
    name="duplicate-object",
    severity=Severity.WARNING,
    summary="The same object twice in the files: only the later counts",
    reads=(),
    doc=__doc__,
)


def check(view: View) -> Iterator[Finding]:
    """One finding for every object that a later one replaces."""
    for duplicate in view.snapshot.duplicates:
        if not duplicate.ref.namespace or view.concerns(duplicate.ref.namespace):
            message = (
                f"{duplicate.ref} stands twice in the input: the one at {_place(duplicate.later)} counts, "
                f"the one at {_place(duplicate.earlier)} is lost"
            )
            fix = f"remove the one at {_place(duplicate.earlier)}, or the other"
            yield RULE.finding(None, "", message, fix, ref=duplicate.ref, origin=duplicate.later)


def _place(origin: Origin) -> str:
    return str(origin) if isinstance(origin, FileOrigin) else "the cluster"
