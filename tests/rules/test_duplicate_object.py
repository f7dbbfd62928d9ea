import pytest

from kubectl_mtls.rules.duplicate_object import check
from tests.rules.mesh import found, namespace, only, policy, service, view_of

CASES = {
    "a policy twice": (policy() + policy(), [("peerauthentication/default -n shop", "")]),
    "the same object in two API versions": (
        policy() + policy().replace("/v1\n", "/v1beta1\n"),
        [("peerauthentication/default -n shop", "")],
    ),
    "a Service twice": (service() + service(), [("service/cart -n shop", "")]),
    "a cluster-scoped object twice": (namespace() + namespace(), [("namespace/shop", "")]),
    "no finding: one name in two namespaces": (policy() + policy(namespace="bank"), []),
    "no finding: one name of two kinds": (policy("cart") + service("cart"), []),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_objects_that_stand_twice(text, expected):
    assert found(check, view_of(text)) == expected


def test_both_places_are_named_and_the_finding_points_at_the_one_that_counts():
    finding = only(check, view_of(policy(mode="STRICT") + policy(mode="PERMISSIVE")))
    assert "the one at mesh.yaml:8 counts, the one at mesh.yaml:2 is lost" in finding.message
    assert str(finding.origin) == "mesh.yaml:8"
