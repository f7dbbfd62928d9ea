"""Ignores on objects: where they are looked for, what they set aside, and what is said of those that do not count."""

from datetime import UTC, datetime

from kubectl_mtls.model.ignore import make_ignore
from kubectl_mtls.model.kind import DEPLOYMENT, POD
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.rules import expired_ignore, invalid_ignore
from kubectl_mtls.rules.ignoring import find_ignore, ignores_by_ref, written_ignores
from tests.rules.mesh import NOW, found, judged, only, pod, policy, view_of, workload


def annotated(name: str, value: str, namespace: str = "shop") -> str:
    written = policy(name, namespace=namespace)
    return written.replace(
        f"namespace: {namespace}", f"namespace: {namespace}, annotations: {{kubectl-mtls/ignore: {value}}}"
    )


def aside(text: str, everywhere=()) -> dict[str, str]:
    """The reasons of what is set aside, by object."""
    view = view_of(text)
    by_ref = ignores_by_ref(view)
    pairs = [(one, find_ignore(one, by_ref, everywhere, NOW)) for one in judged(view).findings]
    return {str(finding.object): ignore.reason for finding, ignore in pairs if ignore}


def test_the_annotation_of_the_object_sets_its_finding_aside_and_no_other():
    two = annotated("b", '"MTLS104: meant"') + policy("a") + policy("c")
    assert aside(two) == {"peerauthentication/b": "meant"}


def test_an_entry_of_the_file_without_object_sets_all_of_its_rule_aside():
    everywhere = [make_ignore("MTLS1", "meant", None)]
    assert aside(policy("a") + policy("b") + policy("c"), everywhere) == {
        "peerauthentication/b": "meant",
        "peerauthentication/c": "meant",
    }


def test_an_ignore_of_another_rule_or_without_reason_sets_nothing_aside():
    assert aside(annotated("b", '"MTLS108: meant"') + policy("a")) == {}
    assert aside(annotated("b", "MTLS104") + policy("a")) == {}
    assert aside(annotated("b", '"MTLS104 until 2026-07-31: meant"') + policy("a")) == {}


def test_an_ignore_without_reason_and_an_expired_one_are_findings_at_their_line():
    without, expired = annotated("a", "MTLS104"), annotated("b", '"MTLS104 until 2026-07-31: meant"')
    finding = only(invalid_ignore.check, view_of(without + policy("z")))
    assert finding.message == "peerauthentication/a has an ignore of MTLS104 that does not count: it gives no reason"
    assert str(finding.origin.at(finding.field)) == "mesh.yaml:4"
    finding = only(expired_ignore.check, view_of(expired + policy("z")))
    assert finding.message == "peerauthentication/b ignores MTLS104 until 2026-07-31 only, which is over (meant)"


def test_a_valid_ignore_and_one_in_a_namespace_not_asked_about_are_no_findings():
    good, elsewhere = annotated("a", '"MTLS104: meant"'), annotated("a", "MTLS104", "bank")
    view = view_of(good + elsewhere, namespaces=["shop"])
    assert found(invalid_ignore.check, view) == found(expired_ignore.check, view) == []


def test_entries_of_a_file_are_judged_by_the_same_rules():
    entries = [
        make_ignore("MTLS104", "", None),
        make_ignore("MTLS104", "meant", "2026-07-31"),
        make_ignore("x", "y", None),
    ]
    assert [one.message for one in invalid_ignore.check_entries(entries)] == [
        "an entry of the ignore file of MTLS104 does not count: it gives no reason"
    ]
    assert [one.code for one in expired_ignore.check_entries(entries, NOW)] == ["MTLS113"]
    assert list(expired_ignore.check_entries(entries, datetime(2026, 7, 31, 23, tzinfo=UTC))) == []


def test_an_ignore_on_the_pods_of_a_workload_is_the_workloads_and_counts_once():
    note = 'kubectl-mtls/ignore: "MTLS502: meant"'
    pods = "".join(pod(f"cart-{n}", annotations=note, owner="StatefulSet/cart") for n in range(3))
    (written,) = written_ignores(view_of(pods, live=True))
    assert str(written.ref) == "statefulset/cart"
    assert Ref(POD, "shop", "cart-1") in ignores_by_ref(view_of(pods, live=True))


def test_an_ignore_on_a_template_is_the_workloads():
    by_ref = ignores_by_ref(view_of(workload(annotations='kubectl-mtls/ignore: "MTLS502: meant"')))
    assert by_ref[Ref(DEPLOYMENT, "shop", "cart")][0].reason == "meant"
