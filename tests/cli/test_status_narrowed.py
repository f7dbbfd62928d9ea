"""What `-l`, pod targets and dumps leave out or say, in process on small meshes."""

import pytest

from tests.live.program import run

MESH = """
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: nobody, namespace: shop}
spec: {selector: {matchLabels: {app: gone}}, mtls: {mode: STRICT}}
---
apiVersion: v1
kind: Service
metadata: {name: APP, namespace: shop, labels: {app: APP}}
spec: {selector: {app: APP}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: Pod
metadata: {name: APP-0, namespace: shop, labels: {app: APP}}
spec: {containers: [{name: app, ports: [{containerPort: 8080}]}]}
status: {phase: PHASE}
"""


def mesh(app: str, phase: str = "Running") -> str:
    return MESH.replace("APP", app).replace("PHASE", phase)


def two_services() -> bytes:
    return (mesh("cart") + "---" + mesh("ledger")).encode()


def test_labels_narrow_the_findings_too() -> None:
    everything = run("status", "-f", "-", stdin=two_services()).out
    narrowed = run("status", "-f", "-", "-l", "app=cart", stdin=two_services()).out
    assert "pod/ledger-0" in everything
    assert "pod/cart-0" in narrowed
    assert "ledger" not in narrowed


def test_a_finished_pod_is_not_called_absent() -> None:
    ran = run("status", "-f", "-", "pod/cart-0", stdin=mesh("cart", "Succeeded").encode())
    assert ran.code == 2
    assert "it has finished" in ran.err


def test_a_namespace_that_the_files_do_not_hold_is_an_error() -> None:
    ran = run("status", "-f", "-", "ns/typo", "-n", "typo", stdin=mesh("cart").encode())
    assert (ran.code, ran.err) == (2, "error: namespace/typo: not found in the files\n")


@pytest.mark.parametrize(
    ("pods", "says"),
    [
        (mesh("cart").replace("namespace: shop, labels: {app: cart}", "namespace: other, labels: {app: cart}"), True),
        ("", False),
    ],
    ids=[
        "a dump holds all pods, so a selector without one selects nothing",
        "a repository holds none, so nobody knows",
    ],
)
def test_whether_a_policy_selects_nothing(pods: str, says: bool) -> None:
    policy = "---".join(mesh("cart").split("---")[:2])
    ran = run("status", "-A", "-f", "-", stdin=f"{policy}---{pods}".encode())
    assert ("MTLS105" in ran.out) == says
