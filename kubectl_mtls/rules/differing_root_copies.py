"""Namespaces hold another root certificate than the control plane's own.

What it checks

The ConfigMaps `istio-ca-root-cert` that istiod writes into every namespace, compared as sets of certificates with the
one in the control plane's namespace. The order of the certificates and the text around them do not matter.

Why it matters

New pods use this copy to trust istiod. With another root they never get a certificate and do not become ready, while
pods that run go on until they are restarted: so it shows itself in the next deployment or at night, when nodes are
replaced. A copy that is older than a change of the root is stale; one that comes back different after it was deleted
is written by a second control plane.

Example

    apiVersion: v1
    kind: ConfigMap
    metadata: {name: istio-ca-root-cert, namespace: istio-system}
    data:
      root-cert.pem: |
        -----BEGIN CERTIFICATE-----
        MIIBUDCB96ADAgECAhRXvhMKrITkhqSjf3TFuxnzQcefjjAKBggqhkjOPQQDAjAW
        MRQwEgYDVQQKDAtTaG9wIFJvb3QgMjAeFw0yNjAxMDEwMDAwMDBaFw00NjAxMDEw
        MDAwMDBaMBYxFDASBgNVBAoMC1Nob3AgUm9vdCAyMFkwEwYHKoZIzj0CAQYIKoZI
        zj0DAQcDQgAEr9bCZpyth2GZspjFJ81PfaKqgSnriWW21FXf5FlaDlYQcZZnm4v8
        8ilxAs2sL6316I99+REWlYIc3G33eozroqMjMCEwDwYDVR0TAQH/BAUwAwEB/zAO
        BgNVHQ8BAf8EBAMCAQYwCgYIKoZIzj0EAwIDSAAwRQIgC3UkUVdqib0IYizUxeAJ
        HzLew6zAtVr/h+SmFTHMLxkCIQDVEXZZ0dJKTTGxmxjzfHjwNl9pQmun3x5xYXEn
        rJcXGA==
        -----END CERTIFICATE-----
    ---
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: istio-ca-root-cert, namespace: shop}
    data:
      root-cert.pem: |
        -----BEGIN CERTIFICATE-----
        MIIBUDCB96ADAgECAhQAkD6cqujG9rcalSNbNIAQaYTHdTAKBggqhkjOPQQDAjAW
        MRQwEgYDVQQKDAtTaG9wIFJvb3QgMTAeFw0xNjEwMDEwMDAwMDBaFw0yNjEwMDEw
        MDAwMDBaMBYxFDASBgNVBAoMC1Nob3AgUm9vdCAxMFkwEwYHKoZIzj0CAQYIKoZI
        zj0DAQcDQgAEnj9j6eWwS6M6BHgnHfzrx66K/LroXVp6Cx3f3mCBqpglO5mqxx5b
        tE191Nsq+e/TrUwe5+NCg/YsO7j0qFWoUaMjMCEwDwYDVR0TAQH/BAUwAwEB/zAO
        BgNVHQ8BAf8EBAMCAQYwCgYIKoZIzj0EAwIDSAAwRQIhALBXAi3RDMSEPH5dLcsI
        5mf+I9VAbO9FKNlTST0iJ+s4AiBUCpoEqj31X27gVG7zqlBZW060ks4gH7DWRdoG
        GbohYA==
        -----END CERTIFICATE-----

Better

    apiVersion: v1
    kind: ConfigMap
    metadata: {name: istio-ca-root-cert, namespace: istio-system}
    data:
      root-cert.pem: |
        -----BEGIN CERTIFICATE-----
        MIIBUDCB96ADAgECAhRXvhMKrITkhqSjf3TFuxnzQcefjjAKBggqhkjOPQQDAjAW
        MRQwEgYDVQQKDAtTaG9wIFJvb3QgMjAeFw0yNjAxMDEwMDAwMDBaFw00NjAxMDEw
        MDAwMDBaMBYxFDASBgNVBAoMC1Nob3AgUm9vdCAyMFkwEwYHKoZIzj0CAQYIKoZI
        zj0DAQcDQgAEr9bCZpyth2GZspjFJ81PfaKqgSnriWW21FXf5FlaDlYQcZZnm4v8
        8ilxAs2sL6316I99+REWlYIc3G33eozroqMjMCEwDwYDVR0TAQH/BAUwAwEB/zAO
        BgNVHQ8BAf8EBAMCAQYwCgYIKoZIzj0EAwIDSAAwRQIgC3UkUVdqib0IYizUxeAJ
        HzLew6zAtVr/h+SmFTHMLxkCIQDVEXZZ0dJKTTGxmxjzfHjwNl9pQmun3x5xYXEn
        rJcXGA==
        -----END CERTIFICATE-----
    ---
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: istio-ca-root-cert, namespace: shop}
    data:
      root-cert.pem: |
        -----BEGIN CERTIFICATE-----
        MIIBUDCB96ADAgECAhRXvhMKrITkhqSjf3TFuxnzQcefjjAKBggqhkjOPQQDAjAW
        MRQwEgYDVQQKDAtTaG9wIFJvb3QgMjAeFw0yNjAxMDEwMDAwMDBaFw00NjAxMDEw
        MDAwMDBaMBYxFDASBgNVBAoMC1Nob3AgUm9vdCAyMFkwEwYHKoZIzj0CAQYIKoZI
        zj0DAQcDQgAEr9bCZpyth2GZspjFJ81PfaKqgSnriWW21FXf5FlaDlYQcZZnm4v8
        8ilxAs2sL6316I99+REWlYIc3G33eozroqMjMCEwDwYDVR0TAQH/BAUwAwEB/zAO
        BgNVHQ8BAf8EBAMCAQYwCgYIKoZIzj0EAwIDSAAwRQIgC3UkUVdqib0IYizUxeAJ
        HzLew6zAtVr/h+SmFTHMLxkCIQDVEXZZ0dJKTTGxmxjzfHjwNl9pQmun3x5xYXEn
        rJcXGA==
        -----END CERTIFICATE-----

Fix

`kubectl delete configmap istio-ca-root-cert -n NAMESPACE`: istiod writes it anew within seconds. When it comes back
different, look who writes it: `kubectl get configmap istio-ca-root-cert -n NAMESPACE -o yaml --show-managed-fields`.
"""

from collections.abc import Iterator

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.root_copy import ROOT_CONFIG_MAP, RootCopy
from kubectl_mtls.posture.mesh.trust import Roots, resolve_roots
from kubectl_mtls.rules.remedy import delete
from kubectl_mtls.rules.rule import ROOT_COPIES, Rule
from kubectl_mtls.rules.view import View
from kubectl_mtls.rules.words import listed

RULE = Rule(
    code="MTLS401",
    name="differing-root-copies",
    severity=Severity.ERROR,
    summary="Namespaces with another root than the control plane's own",
    reads=(ROOT_COPIES,),
    doc=__doc__,
)


def check(view: View) -> Iterator[Finding]:
    """One finding for the mesh, about the one copy that differs or about all of them."""
    roots = resolve_roots(view.snapshot)
    if not roots.differing:
        return
    copies = [copy for copy in view.snapshot.root_copies if copy.metadata.namespace in roots.differing]
    copies.sort(key=lambda copy: copy.metadata.namespace)
    if len(copies) == 1:
        metadata = copies[0].metadata
        yield RULE.finding(metadata, "data", _message(roots, copies), delete(metadata))
        return
    fix = f"in each of these namespaces: kubectl delete configmap {ROOT_CONFIG_MAP} -n NAMESPACE"
    yield RULE.finding(None, "", _message(roots, copies), fix, origin=copies[0].metadata.origin)


def _message(roots: Roots, copies: list[RootCopy]) -> str:
    places = listed(f"{name} ({roots.differing[name]})" for name in (copy.metadata.namespace for copy in copies))
    the = "a root certificate"
    if roots.copy:
        names = listed(certificate.subject.short for certificate in roots.certificates)
        the = f"the root in use, {names} in namespace {roots.copy.metadata.namespace}"
        if roots.assumed:
            the = f"the root that most namespaces have, {names}"
    return (
        f"{ROOT_CONFIG_MAP} in {places} is not {the}, {len(copies)} of {roots.total} copies: "
        "new pods there cannot reach istiod and do not start"
    )
