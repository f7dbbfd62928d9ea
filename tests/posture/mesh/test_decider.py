"""What makes a result what it is: the rule that fails it, a policy, a circumstance; None where the server decides."""

import pytest

from kubectl_mtls.model.kind import DESTINATION_RULE
from kubectl_mtls.model.reading import Manifest
from kubectl_mtls.posture.mesh.decider import Decider, decider_of
from tests.posture.clients import client, mesh, rule, server, traffic_in
from tests.posture.meshes import forbidden, mesh_config, policy, snapshot_of

STRICT = policy(mode="STRICT")


def decider(manifests: list[Manifest]) -> Decider | None:
    snapshot = snapshot_of(manifests)
    (traffic,) = traffic_in(snapshot)
    return decider_of(traffic.clients)


@pytest.mark.parametrize(
    ("manifests", "name", "field", "value"),
    [
        (mesh(STRICT, rule(mode="DISABLE")), "destinationrule/cart", "spec.trafficPolicy.tls.mode", "DISABLE"),
        (
            mesh(rule(mode="DISABLE"), rule("other", namespace="shop", mode="SIMPLE")),
            "destinationrule/other",
            "spec.trafficPolicy.tls.mode",
            "SIMPLE",
        ),
        (
            mesh(policy(mode="DISABLE"), policy("cart", "PERMISSIVE", select={"app": "cart"})),
            "peerauthentication/default",
            "spec.mtls.mode",
            "DISABLE",
        ),
    ],
    ids=["a rule fails", "of two rules the one that fails", "a policy closes auto mTLS"],
)
def test_the_object_and_field_that_make_it_so_are_named(
    manifests: list[Manifest], name: str, field: str, value: str
) -> None:
    found = decider(manifests)
    assert found is not None
    assert found.object is not None
    assert (str(found.object.ref), found.field, found.value) == (name, field, value)


@pytest.mark.parametrize(
    ("manifests", "words"),
    [
        (mesh(mesh_config("enableAutoMtls: false")), "auto mTLS is off"),
        (mesh(STRICT, behind=[server(labels={"security.istio.io/tlsMode": "disabled"})]), "lacks the label"),
        (
            [client(annotations={"traffic.sidecar.istio.io/excludeOutboundPorts": "80"}), *mesh(STRICT)[1:]],
            "keeps the connection from its proxy",
        ),
        (mesh(type="ExternalName", externalName="x.example", selector=None), "does not know the host"),
    ],
    ids=["auto mTLS off", "a label is missing", "past the proxy", "an alias of what nobody declares"],
)
def test_where_no_object_decides_the_circumstance_is_named(manifests: list[Manifest], words: str) -> None:
    found = decider(manifests)
    assert found is not None
    assert (found.object, words in found.value) == (None, True)


@pytest.mark.parametrize(
    "manifests",
    [mesh(STRICT), mesh(STRICT, rule(mode="ISTIO_MUTUAL")), mesh(behind=[server(proxy=None)]), mesh(behind=[])],
    ids=["all mutual", "all mutual by a rule", "a server without proxy", "nothing answers"],
)
def test_elsewhere_the_server_decides(manifests: list[Manifest]) -> None:
    assert decider(manifests) is None


def test_what_could_not_be_read_decides_before_what_was() -> None:
    gap = forbidden(DESTINATION_RULE, None)
    snapshot = snapshot_of(mesh(STRICT), gaps=[gap])
    (traffic,) = traffic_in(snapshot)
    found = decider_of(traffic.clients)
    assert traffic.verdict == "UNKNOWN"
    assert found is not None
    assert found.gap == gap
