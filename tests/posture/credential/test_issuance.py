"""Why cert-manager does not renew: what its real controllers (1.21) leave on their objects, row by row."""

from datetime import UTC, datetime

import pytest
import yaml

from kubectl_mtls.model.assembly import build_snapshot
from kubectl_mtls.model.gap import Gap, GapReason
from kubectl_mtls.model.kind import CERTIFICATE_REQUEST, ISSUER
from kubectl_mtls.model.origin import ApiOrigin, FileOrigin
from kubectl_mtls.model.reading import Document, Reading
from kubectl_mtls.posture.credential.issuance import Obstacle, find_obstacle, is_due

NOW = datetime(2026, 6, 1, tzinfo=UTC)
LONG_AGO, JUST_NOW = "2026-05-01T00:00:00Z", "2026-05-31T23:59:00Z"
READY = "{type: Ready, status: 'True', lastTransitionTime: '2026-05-01T00:00:00Z'}"
APPROVED = "{type: Approved, status: 'True'}"
ISSUER_READY = "{type: Ready, status: 'True'}"


def issuing(since: str = LONG_AGO, status: str = "True", message: str = "") -> str:
    return f"{{type: Issuing, status: '{status}', lastTransitionTime: '{since}', message: '{message}'}}"


def certificate(*conditions: str, due: str = "2026-07-01T00:00:00Z", spec: str = "") -> str:
    return f"""
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {{name: partner, namespace: shop}}
spec: {{secretName: partner-cert, issuerRef: {{name: pki, kind: Issuer}}{spec}}}
status: {{revision: 7, renewalTime: '{due}', conditions: [{", ".join(conditions)}]}}
"""


def issuer(condition: str = ISSUER_READY) -> str:
    return f"""
apiVersion: cert-manager.io/v1
kind: Issuer
metadata: {{name: pki, namespace: shop}}
status: {{conditions: [{condition}]}}
"""


def request(*conditions: str, revision: int = 8) -> str:
    return f"""
apiVersion: cert-manager.io/v1
kind: CertificateRequest
metadata:
  name: partner-{revision}
  namespace: shop
  creationTimestamp: '{LONG_AGO}'
  annotations: {{cert-manager.io/certificate-name: partner, cert-manager.io/certificate-revision: '{revision}'}}
status: {{conditions: [{", ".join(conditions)}]}}
"""


def acme(kind: str, name: str, owner: str, state: str, reason: str = "") -> str:
    owner_kind, _, owner_name = owner.partition("/")
    return f"""
apiVersion: acme.cert-manager.io/v1
kind: {kind}
metadata:
  name: {name}
  namespace: shop
  ownerReferences: [{{kind: {owner_kind}, name: {owner_name}, controller: true}}]
status: {{state: {state}, reason: '{reason}'}}
"""


def found(*objects: str, gaps: tuple[Gap, ...] = ()) -> tuple[Obstacle, str, str] | None:
    documents = tuple(Document(yaml.safe_load(one), ApiOrigin()) for one in objects)
    snapshot = build_snapshot(Reading(documents, gaps), live=True)
    assert len(snapshot.certificates) == 1, snapshot.gaps
    stuck = find_obstacle(snapshot, snapshot.certificates[0], NOW)
    return (stuck.obstacle, str(stuck.shown_by), stuck.words) if stuck else None


PENDING = f"{{type: Ready, status: 'False', reason: Pending, message: wait, lastTransitionTime: '{LONG_AGO}'}}"
ORDER = acme("Order", "order-1", "CertificateRequest/partner-8", "pending")


@pytest.mark.parametrize(
    ("objects", "expected"),
    [
        pytest.param((certificate(READY), issuer()), None, id="ready and not due"),
        pytest.param((certificate(READY),), None, id="not due: nobody asks for the issuer"),
        pytest.param((certificate(READY, issuing(JUST_NOW)), issuer()), None, id="begun a moment ago"),
        pytest.param(
            (certificate(READY, issuing()), request(APPROVED, PENDING)),
            (Obstacle.NO_ISSUER, "issuer/pki", ""),
            id="issuer missing, which only the request says",
        ),
        pytest.param(
            (
                certificate(READY, issuing()),
                issuer("{type: Ready, status: 'False', reason: ErrGetKeyPair, message: no key pair}"),
            ),
            (Obstacle.ISSUER_NOT_READY, "issuer/pki", "no key pair"),
            id="issuer without its key pair",
        ),
        pytest.param(
            (certificate(READY, issuing()), issuer(), request()),
            (Obstacle.NOT_APPROVED, "certificaterequest/partner-8", ""),
            id="nobody approves",
        ),
        pytest.param(
            (certificate(READY, issuing()), issuer(), request("{type: Denied, status: 'True', message: not you}")),
            (Obstacle.DENIED, "certificaterequest/partner-8", "not you"),
            id="denied",
        ),
        pytest.param(
            (
                certificate(READY, issuing(status="False", message="has failed to complete")),
                issuer(),
            ),
            (Obstacle.FAILED, "certificate/partner", "has failed to complete"),
            id="failed, and cert-manager waits before it tries again",
        ),
        pytest.param(
            (
                certificate(READY, issuing()),
                issuer(),
                request(APPROVED, "{type: Ready, status: 'False', reason: Failed, message: vault says no}"),
            ),
            (Obstacle.FAILED, "certificaterequest/partner-8", "vault says no"),
            id="the request itself failed",
        ),
        pytest.param(
            (certificate(READY, issuing()), issuer(), request(APPROVED, PENDING)),
            (Obstacle.PENDING, "certificaterequest/partner-8", "wait"),
            id="issuer silent",
        ),
        pytest.param(
            (certificate(READY, issuing()), issuer(), request(APPROVED, PENDING), ORDER),
            (Obstacle.PENDING, "order/order-1", "pending"),
            id="ACME order pending",
        ),
        pytest.param(
            (
                certificate(READY, issuing()),
                issuer(),
                request(APPROVED, PENDING),
                ORDER,
                acme("Challenge", "challenge-1", "Order/order-1", "pending", "DNS record not yet propagated"),
                acme("Challenge", "challenge-2", "Order/another", "invalid", "of somebody else"),
            ),
            (Obstacle.CHALLENGE, "challenge/challenge-1", "DNS record not yet propagated"),
            id="ACME challenge not met",
        ),
        pytest.param(
            (certificate(READY, issuing()), issuer(), request(APPROVED, "{type: Ready, status: 'True'}", revision=7)),
            (Obstacle.NOT_PICKED_UP, "certificate/partner", ""),
            id="controllers down: only the request of the revision before",
        ),
        pytest.param(
            (certificate(READY, due="2026-05-01T00:00:00Z"), issuer()),
            (Obstacle.NOT_PICKED_UP, "certificate/partner", ""),
            id="controllers down: overdue and nobody begins",
        ),
        pytest.param(
            (
                certificate(
                    f"{{type: Ready, status: 'False', message: wrong key, lastTransitionTime: '{LONG_AGO}'}}",
                    issuing(),
                    spec=", privateKey: {rotationPolicy: Never}",
                ),
                issuer(),
            ),
            (Obstacle.KEY_KEPT, "certificate/partner", "wrong key"),
            id="rotationPolicy Never keeps a key of another algorithm",
        ),
    ],
)
def test_what_stands_in_the_way_is_found_where_it_shows(objects, expected):
    assert found(*objects) == expected


@pytest.mark.parametrize(
    ("objects", "kind"),
    [
        pytest.param((certificate(READY, issuing()),), ISSUER, id="issuers"),
        pytest.param((certificate(READY, issuing()), issuer()), CERTIFICATE_REQUEST, id="requests"),
    ],
)
def test_what_could_not_be_read_is_no_obstacle(objects, kind):
    gap = Gap(kind, "shop", None, GapReason.FORBIDDEN, "forbidden")
    other = Gap(CERTIFICATE_REQUEST, "shop", None, GapReason.FORBIDDEN, "forbidden")
    assert found(*objects) is not None
    assert found(*objects, gaps=(gap, other)) is None


def test_files_may_just_not_hold_the_rest():
    document = Document(yaml.safe_load(certificate(READY, issuing())), FileOrigin("mesh.yaml", 1))
    snapshot = build_snapshot(Reading((document,)), live=False)
    assert is_due(snapshot.certificates[0], NOW)
    assert find_obstacle(snapshot, snapshot.certificates[0], NOW) is None
