"""Files applied to a cluster, as values: who wins, who is the youngest, and what stands behind Services then."""

from datetime import UTC, datetime

from kubectl_mtls.model.applied import apply_documents, namespaces_of
from kubectl_mtls.model.assembly import build_snapshot
from kubectl_mtls.model.document import parse_objects
from kubectl_mtls.model.gap import Gap, GapReason
from kubectl_mtls.model.kind import NAMESPACE, PEER_AUTHENTICATION, POD
from kubectl_mtls.model.origin import ApiOrigin
from kubectl_mtls.model.reading import Document, Reading
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.posture.server.services import resolve_services
from tests.rules.mesh import namespace, pod, policy, service, workload

NOW = datetime(2026, 8, 1, tzinfo=UTC)
SLICE = """---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: cart-1, namespace: shop, labels: {kubernetes.io/service-name: cart}}
addressType: IPv4
ports: [{port: 8080, protocol: TCP}]
endpoints: []
"""


def files(text: str) -> Reading:
    return Reading(tuple(Document(value, origin) for value, origin in parse_objects(text, "new.yaml")))


def cluster(text: str, *gaps: Gap) -> Snapshot:
    documents = tuple(Document(value, ApiOrigin()) for value, _ in parse_objects(text, "x"))
    return build_snapshot(Reading(documents, gaps), live=True)


def order(found: Snapshot) -> list[str]:
    return [f"{one.metadata.name} {one.mode}" for one in found.peer_authentications]


def test_files_win_and_keep_the_age_of_what_they_replace():
    before = cluster(
        policy("a", "STRICT", created="2026-01-01T00:00:00Z") + policy("b", "STRICT", created="2026-02-01T00:00:00Z")
    )
    after = apply_documents(before, files(policy("b", "PERMISSIVE")), NOW)
    assert order(after) == ["a STRICT", "b PERMISSIVE"]
    assert after.duplicates == ()


def test_what_is_new_is_younger_than_all_that_is_there_even_by_another_clock():
    before = cluster(policy("z", created="2026-08-01T00:00:00Z") + policy("y", created="2026-08-01T01:00:00Z"))
    assert order(apply_documents(before, files(policy("a")), NOW))[-1].startswith("a")


def test_applying_nothing_new_changes_nothing():
    text = policy("a", "STRICT", created="2026-01-01T00:00:00Z") + service() + pod(proxy=True)
    before = cluster(text)
    after = apply_documents(before, files(policy("a", "STRICT")), NOW)
    assert order(after) == order(before)
    assert [one.modes for one in resolve_services(after)] == [one.modes for one in resolve_services(before)]


def test_a_workload_that_is_new_stands_behind_the_services_of_the_cluster():
    before = cluster(namespace(labels="istio-injection: enabled") + service() + SLICE)
    assert resolve_services(before)[0].total == 0
    (row,) = resolve_services(apply_documents(before, files(workload(labels="")), NOW))
    assert (row.total, row.in_mesh, row.assumed) == (1, 1, True)


def test_a_workload_that_runs_stays_as_it_runs():
    before = cluster(service() + pod(owner="StatefulSet/cart"))
    changed = workload().replace("kind: Deployment", "kind: StatefulSet")
    assert list(apply_documents(before, files(changed), NOW).pods) == [("shop", "cart-0")]


def test_a_service_that_selects_others_no_longer_has_its_endpoints():
    before = cluster(service() + SLICE + pod("other-0", labels="app: other"))
    (row,) = resolve_services(apply_documents(before, files(service(select="{app: other}")), NOW))
    assert [backend.pod.metadata.name for backend in row.backends] == ["other-0"]
    (same,) = resolve_services(apply_documents(before, files(service()), NOW))
    assert same.total == 0


def test_what_was_not_read_stays_unread_and_what_is_replaced_is_no_longer_malformed():
    hidden = Gap(POD, "bank", None, GapReason.FORBIDDEN, "may not")
    broken = policy("a").replace("mtls: {}", "mtls: []")
    before = cluster(broken, hidden)
    assert len(before.gaps) == 2
    assert apply_documents(before, files(policy("a")), NOW).gaps == (hidden,)


def test_a_namespace_object_stands_for_its_own_namespace():
    found = list(namespaces_of(files(namespace("bank") + policy())))
    assert found == [(NAMESPACE, "bank"), (PEER_AUTHENTICATION, "shop")]
