import pytest

from kubectl_mtls.model.kind import CONFIG_MAP
from kubectl_mtls.model.root_copy import ROOT_CONFIG_MAP
from kubectl_mtls.rules.catalogue import CATALOGUE
from kubectl_mtls.rules.differing_root_copies import check
from kubectl_mtls.rules.rule import ROOT_COPIES
from tests.rules.mesh import NEW_ROOT, OLD_ROOT, forbidden, found, judged, only, root_copy, view_of

IN_USE = root_copy(NEW_ROOT)
CASES = {
    "another root in one namespace": (
        IN_USE + root_copy(OLD_ROOT, namespace="shop"),
        [("configmap/istio-ca-root-cert -n shop", "data")],
    ),
    "no certificate in one namespace": (
        IN_USE + root_copy(namespace="shop"),
        [("configmap/istio-ca-root-cert -n shop", "data")],
    ),
    "one of two roots is missing": (
        root_copy(OLD_ROOT, NEW_ROOT) + root_copy(NEW_ROOT, namespace="shop"),
        [("configmap/istio-ca-root-cert -n shop", "data")],
    ),
    "one finding for several namespaces": (
        IN_USE + root_copy(OLD_ROOT, namespace="shop") + root_copy(OLD_ROOT, namespace="bank"),
        [("mesh", "")],
    ),
    "no finding: equal everywhere": (IN_USE + root_copy(NEW_ROOT, namespace="shop"), []),
    "no finding: the same roots in another order": (
        root_copy(OLD_ROOT, NEW_ROOT) + root_copy(NEW_ROOT, OLD_ROOT, namespace="shop"),
        [],
    ),
    "no finding: text around the certificates": (IN_USE + root_copy("# root", NEW_ROOT, "", namespace="shop"), []),
    "no finding: no copy at all": ("", []),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_copies_that_are_not_the_root_in_use(text, expected):
    assert found(check, view_of(text)) == expected


def test_the_message_names_the_namespaces_and_the_root():
    text = IN_USE + root_copy(OLD_ROOT, namespace="shop") + root_copy(namespace="bank")
    assert only(check, view_of(text)).message == (
        "istio-ca-root-cert in bank (holds no certificate) and shop (holds other certificates) is not the root in use, "
        "O=Shop Root 2 in namespace istio-system, 2 of 3 copies: new pods there cannot reach istiod and do not start"
    )


def test_istiod_writes_the_copy_anew_when_it_is_deleted():
    view = view_of(IN_USE + root_copy(OLD_ROOT, namespace="shop"), live=True)
    assert only(check, view).fix == "kubectl delete configmap istio-ca-root-cert -n shop"


def test_forbidden_copies_leave_the_rule_unchecked():
    judgement = judged(view_of("", gaps=[forbidden(CONFIG_MAP, None, ROOT_CONFIG_MAP)]))
    of_roots = {rule.code for rule, _ in CATALOGUE if ROOT_COPIES in rule.reads}
    assert {one.rule.code for one in judgement.unchecked} == of_roots >= {"MTLS401", "MTLS402"}
