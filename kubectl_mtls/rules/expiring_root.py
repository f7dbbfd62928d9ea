"""The root certificate of the mesh ends soon, or has ended.

What it checks

Every certificate of the root in use (ConfigMap `istio-ca-root-cert` in the control plane's namespace): a warning from
90 days before its end, an error from 14 days before it and after it. Where several roots are trusted at once, as
during a replacement, and one of them lasts longer, the older one is a warning only. `--expiring-within` takes the place
of the 90 days.

Why it matters

At that moment every workload certificate below it becomes invalid, all at once: every mutual TLS connection of the
mesh fails, and so does istiod's own. istiod still issues certificates that end after their root, so nothing looks
wrong before. A replacement takes longer than people expect: the old and the new root must be trusted together by
every proxy before the new one signs anything, and certificates of the old one must have run out before it goes.

Example

    apiVersion: v1
    kind: ConfigMap
    metadata: {name: istio-ca-root-cert, namespace: istio-system}
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

Fix

A self-signed root is renewed by istiod itself in the last fifth of its life; when that has not happened, read
istiod's log for `SelfSignedCARootCertRotator`. A root of your own (Secret `cacerts`) is replaced in three steps:
trust both roots, let the new one sign, take the old one away.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from kubectl_mtls.certs.certificate import Certificate
from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.root_copy import ROOT_KEY
from kubectl_mtls.posture.mesh.trust import resolve_roots
from kubectl_mtls.rules.rule import ROOT_COPIES, Rule
from kubectl_mtls.rules.view import View

RULE = Rule(
    code="MTLS402",
    name="expiring-root",
    severity=Severity.WARNING,
    summary="Root certificate of the mesh that ends soon, or has ended",
    reads=(ROOT_COPIES,),
    doc=__doc__,
)

SOON = timedelta(days=90)
URGENT = timedelta(days=14)


def check(view: View) -> Iterator[Finding]:
    """One finding for every certificate of the root in use that ends soon."""
    roots = resolve_roots(view.snapshot)
    soon = SOON if view.expiring_within is None else view.expiring_within
    last = max((certificate.not_after for certificate in roots.certificates), default=view.now)
    for certificate in roots.certificates:
        left = certificate.not_after - view.now
        if left >= soon or roots.copy is None:
            continue
        outlived = last - view.now >= soon
        severity = Severity.ERROR if left < URGENT and not outlived else Severity.WARNING
        message = _message(certificate, view.now, last if outlived else None)
        fix = "replace the root in three steps: trust the old and the new one, let the new one sign, drop the old one"
        if outlived:
            fix = "drop this root once no workload certificate below it is left (24 hours after the new one signs)"
        yield RULE.finding(roots.copy.metadata, f"data.{ROOT_KEY}", message, fix, severity=severity)


def _message(certificate: Certificate, now: datetime, successor_ends: datetime | None) -> str:
    ends, left = certificate.not_after, certificate.not_after - now
    day = f"{ends:%Y-%m-%d %H:%M} UTC"
    when = f"ends in {left.days} days, on {day}" if left > timedelta(0) else f"has ended on {day}"
    if timedelta(0) < left < timedelta(days=1):
        when = f"ends within a day, on {day}"
    which = f"the mesh's root certificate {certificate.subject.short} {when}"
    if successor_ends:
        return (
            f"{which}: certificates below it stop working, another trusted root lasts until {successor_ends:%Y-%m-%d}"
        )
    verb = "works" if left <= timedelta(0) else "will work"
    return f"{which}: no mutual TLS connection of the mesh {verb} after that"
