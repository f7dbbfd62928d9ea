"""The rules about the signing CA and the roots in use, each with what it must not say."""

import textwrap

import pytest

from kubectl_mtls.certs.issue import issue, issue_intermediate, issue_root
from kubectl_mtls.model.finding import Severity
from kubectl_mtls.rules import (
    expiring_signing_ca,
    left_over_self_signed_ca,
    unsuitable_root,
    untidy_roots,
    unused_plugged_ca,
)
from tests.rules.credentials import DAY
from tests.rules.mesh import NOW, root_copy, view_of

ROOT, OTHER = issue_root(NOW, "Mesh Root"), issue_root(NOW, "Other Root")
SIGNER = issue_intermediate(NOW, ROOT)
EXPIRED_TWIN = issue("Mesh Root", NOW, is_ca=True, key=ROOT.key, age=20 * DAY, lifetime=19 * DAY)
ENDING = issue_root(NOW, lifetime=10 * DAY)
LEAF = issue("leaf", NOW, ROOT)
ERROR, WARNING, INFO = Severity.ERROR, Severity.WARNING, Severity.INFO


def cacerts(signer=SIGNER, *roots, namespace="istio-system") -> str:
    data = {
        "ca-cert.pem": signer.pem,
        "ca-key.pem": signer.key_pem(),
        "cert-chain.pem": signer.pem,
        "root-cert.pem": b"".join(one.pem for one in roots or (ROOT,)),
    }
    return _secret("cacerts", namespace, data)


def self_signed(root=ROOT) -> str:
    return _secret("istio-ca-secret", "istio-system", {"ca-cert.pem": root.pem, "ca-key.pem": root.key_pem()})


def _secret(name: str, namespace: str, data: dict[str, bytes]) -> str:
    lines = "".join(f"  {key}: |\n{textwrap.indent(value.decode(), '    ')}" for key, value in data.items())
    return (
        f"---\napiVersion: v1\nkind: Secret\nmetadata: {{name: {name}, namespace: {namespace}}}\nstringData:\n{lines}"
    )


def used(*roots) -> str:
    return root_copy(*(one.pem.decode() for one in roots))


CASES = {
    "left over beside cacerts": (left_over_self_signed_ca, cacerts() + self_signed(), [INFO]),
    "no finding: the self-signed CA alone": (left_over_self_signed_ca, self_signed(), []),
    "no finding: a cacerts elsewhere": (
        left_over_self_signed_ca,
        cacerts(namespace="shop") + self_signed(),
        [],
    ),
    "another root is in use": (unused_plugged_ca, used(OTHER) + cacerts(), [ERROR]),
    "no finding: the root in use": (unused_plugged_ca, used(ROOT) + cacerts(), []),
    "no finding: the same roots": (
        unused_plugged_ca,
        used(OTHER, ROOT) + cacerts(SIGNER, ROOT, OTHER),
        [],
    ),
    "the old root stays trusted": (unused_plugged_ca, used(OTHER) + cacerts(SIGNER, ROOT, OTHER), [WARNING]),
    "no finding: nobody knows the root in use": (unused_plugged_ca, cacerts(), []),
    "no finding: istiod's own CA is not plugged in": (unused_plugged_ca, used(OTHER) + self_signed(), []),
    "an intermediate is trusted as root": (unsuitable_root, used(SIGNER), [WARNING]),
    "a leaf is trusted as root": (unsuitable_root, used(LEAF), [WARNING]),
    "no finding: a root": (unsuitable_root, used(ROOT), []),
    "a root twice": (untidy_roots, used(ROOT, ROOT), [INFO]),
    "an expired twin in front": (untidy_roots, used(EXPIRED_TWIN, ROOT), [ERROR]),
    "no finding: the expired twin behind": (untidy_roots, used(ROOT, EXPIRED_TWIN), []),
    "no finding: two roots": (untidy_roots, used(ROOT, OTHER), []),
    "no finding: the signing certificate is the root": (
        expiring_signing_ca,
        self_signed(issue_root(NOW, lifetime=10 * DAY)),
        [],
    ),
}


@pytest.mark.parametrize(("module", "text", "severities"), CASES.values(), ids=CASES)
def test_every_fault_of_the_signing_ca_has_its_severity(module, text, severities):
    assert [finding.severity for finding in module.check(view_of(text))] == severities


@pytest.mark.parametrize(
    ("left", "severities"), [(30, []), (29.9, [WARNING]), (7, [WARNING]), (6.9, [ERROR]), (-1, [ERROR])]
)
def test_how_much_of_the_signing_certificate_is_left(left, severities):
    signer = issue("S", NOW, ROOT, is_ca=True, age=(300 - left) * DAY, lifetime=300 * DAY)
    assert [one.severity for one in expiring_signing_ca.check(view_of(cacerts(signer)))] == severities
