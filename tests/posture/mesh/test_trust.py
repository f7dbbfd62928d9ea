import pytest

from kubectl_mtls.posture.mesh.trust import Difference, resolve_roots
from tests.rules.mesh import NEW_ROOT, OLD_ROOT, mesh_config, root_copy, view_of

CASES = {
    "no copies": ("", 0, {}),
    "equal copies": (root_copy(NEW_ROOT) + root_copy(NEW_ROOT, namespace="shop"), 1, {}),
    "a copy without certificates": (root_copy(NEW_ROOT) + root_copy(namespace="shop"), 1, {"shop": Difference.NOTHING}),
    "a copy with fewer certificates": (
        root_copy(OLD_ROOT, NEW_ROOT) + root_copy(NEW_ROOT, namespace="shop"),
        2,
        {"shop": Difference.LESS},
    ),
    "a copy with more certificates": (
        root_copy(NEW_ROOT) + root_copy(OLD_ROOT, NEW_ROOT, namespace="shop"),
        1,
        {"shop": Difference.MORE},
    ),
    "a copy with others": (root_copy(NEW_ROOT) + root_copy(OLD_ROOT, namespace="shop"), 1, {"shop": Difference.OTHER}),
    "no certificate anywhere": (root_copy(), 0, {"istio-system": Difference.NOTHING}),
}


@pytest.mark.parametrize(("text", "certificates", "differing"), CASES.values(), ids=CASES)
def test_copies_are_compared_as_sets_of_certificates(text, certificates, differing):
    roots = resolve_roots(view_of(text).snapshot)
    assert (len(roots.certificates), dict(roots.differing)) == (certificates, differing)
    assert roots.total == text.count("kind: ConfigMap")
    assert not roots.assumed


def test_the_copy_of_the_control_planes_namespace_is_the_root_in_use():
    text = (
        mesh_config("istio-system", namespace="control")
        + root_copy(OLD_ROOT, namespace="control")
        + root_copy(NEW_ROOT)
        + root_copy(NEW_ROOT, namespace="shop")
    )
    roots = resolve_roots(view_of(text).snapshot)
    assert roots.copy is not None
    assert roots.copy.metadata.namespace == "control"
    assert list(roots.differing) == ["istio-system", "shop"]


def test_without_that_copy_most_namespaces_decide():
    text = "".join(
        root_copy(pem, namespace=name) for name, pem in {"a": OLD_ROOT, "b": NEW_ROOT, "c": NEW_ROOT}.items()
    )
    roots = resolve_roots(view_of(text).snapshot)
    assert roots.assumed
    assert dict(roots.differing) == {"a": Difference.OTHER}
