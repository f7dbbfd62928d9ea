"""BackendTLSPolicies: for clients they are rules, beside those that somebody wrote."""

from typing import Any

import pytest

from kubectl_mtls.model.kind import BACKEND_TLS_POLICY
from kubectl_mtls.model.reading import Manifest
from kubectl_mtls.posture.connection.fault import UnknownBy
from tests.posture.clients import connect, connections, mesh, rule
from tests.posture.meshes import NEW, OLD, forbidden, istiod, manifest, snapshot_of


def backend(
    name: str = "upstream", *, namespace: str = "shop", created: str = OLD, port: str = "", **rest: Any
) -> Manifest:
    target = {"group": "", "kind": "Service", "name": "cart", **({"sectionName": port} if port else {})}
    validation = {"hostname": f"{name}.example", "wellKnownCACertificates": "System"}
    spec = {"targetRefs": [target], "validation": validation, **rest}
    metadata = {"creationTimestamp": created}
    return manifest("gateway.networking.k8s.io/v1", "BackendTLSPolicy", namespace, name, metadata=metadata, spec=spec)


def sent(*objects: Manifest) -> tuple[str, str]:
    """What goes out, and the server name that the rule asks for."""
    found = connect(*mesh(*objects))
    tls = found.cluster.policy.tls if found.cluster else None
    return found.wire, tls.sni if tls else ""


IGNORED = backend()
IGNORED["metadata"]["annotations"] = {"istio.io/ignore-policy-attachment": "True"}
LIST = backend(
    targetRefs=[{"group": "", "kind": "Service", "name": "cart"}, {"group": "", "kind": "Service", "name": "x"}]
)


@pytest.mark.parametrize(
    ("objects", "expected"),
    [
        pytest.param([], ("ISTIO_MUTUAL", ""), id="without policy"),
        pytest.param([backend()], ("SIMPLE", "upstream.example"), id="one-way TLS"),
        pytest.param([LIST], ("SIMPLE", "upstream.example"), id="several targets"),
        pytest.param([backend(port="http")], ("SIMPLE", "upstream.example"), id="for the port"),
        pytest.param([backend(port="grpc")], ("ISTIO_MUTUAL", ""), id="for a port that is not there"),
        pytest.param([IGNORED], ("ISTIO_MUTUAL", ""), id="ignored by annotation"),
        pytest.param([backend(namespace="bank")], ("ISTIO_MUTUAL", ""), id="a Service of another namespace"),
        pytest.param(
            [backend(targetRefs=[{"group": "x", "kind": "Service", "name": "cart"}])],
            ("ISTIO_MUTUAL", ""),
            id="another kind of target",
        ),
        pytest.param(
            [backend("b"), backend("a", created=NEW)], ("SIMPLE", "b.example"), id="of two policies the older counts"
        ),
        pytest.param([backend("b"), backend("a")], ("SIMPLE", "a.example"), id="at equal age the name decides"),
        pytest.param(
            [backend("all"), backend("one", port="http", created=NEW)], ("SIMPLE", "one.example"), id="a port's own"
        ),
        pytest.param(
            [
                backend(
                    validation={
                        "hostname": "h",
                        "caCertificateRefs": [{"group": "", "kind": "ConfigMap", "name": "ca"}],
                    }
                )
            ],
            ("SIMPLE", "h"),
            id="a CA in a ConfigMap",
        ),
        pytest.param(
            [
                backend(
                    validation={"hostname": "h", "caCertificateRefs": [{"group": "", "kind": "Secret", "name": "ca"}]}
                )
            ],
            ("PLAINTEXT", "h"),
            id="a CA in a Secret is refused, and sidecars drop the block",
        ),
        pytest.param([backend(), rule(mode="DISABLE")], ("PLAINTEXT", ""), id="the client's namespace goes first"),
        pytest.param(
            [backend(), rule(mode="DISABLE", namespace="shop")], ("PLAINTEXT", ""), id="what somebody wrote counts"
        ),
        pytest.param(
            [backend(), rule(balancer="RANDOM", namespace="shop")],
            ("SIMPLE", "upstream.example"),
            id="and leaves the rest to the policy",
        ),
        pytest.param(
            [backend(), rule(ports={80: None}, namespace="shop")],
            ("PLAINTEXT", ""),
            id="an entry without tls hides it from the cluster, not from its endpoints",
        ),
        pytest.param(
            [backend(port="http"), rule(ports={80: None}, namespace="shop")],
            ("SIMPLE", "upstream.example"),
            id="which a policy for the port fills up",
        ),
    ],
)
def test_what_a_client_sends(objects: list[Manifest], expected: tuple[str, str]) -> None:
    assert sent(*objects) == expected


@pytest.mark.parametrize(("version", "wire"), [("1.30.3", "SIMPLE"), ("1.31.0", "PLAINTEXT")])
def test_before_1_31_the_policy_counts_as_the_oldest_rule(version: str, wire: str) -> None:
    plane = istiod(image=f"istio/pilot:{version}")
    assert sent(plane, backend(), rule(mode="DISABLE", namespace="shop"))[0] == wire


@pytest.mark.parametrize(
    ("namespace", "rules", "known"),
    [
        pytest.param("shop", [], False, id="of the Service's namespace"),
        pytest.param("bank", [], True, id="of another namespace"),
        pytest.param("shop", [rule()], True, id="a rule of the client's namespace decides whatever is there"),
    ],
)
def test_policies_that_could_not_be_read_leave_it_unknown(namespace: str, rules: list[Manifest], known: bool) -> None:
    snapshot = snapshot_of(mesh(*rules), gaps=[forbidden(BACKEND_TLS_POLICY, namespace)])
    assert (connections(snapshot)[None].outcome.unknown is not UnknownBy.GAP) is known


def test_the_policy_is_named_as_what_decided() -> None:
    found = connect(*mesh(backend()))
    assert found.chosen.rule is not None
    assert [str(one.metadata.ref) for one in found.chosen.rule.rules] == ["backendtlspolicy/upstream"]
