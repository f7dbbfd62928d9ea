"""What a workload accepts on each of its ports."""

from kubectl_mtls.model.reading import Manifest
from kubectl_mtls.posture.server.ports import OTHER_PORTS, PortRow, resolve_ports
from kubectl_mtls.posture.server.services import mode_word, resolve_services
from tests.posture.meshes import pod, policy, service, snapshot_of


def ports(*manifests: Manifest) -> tuple[PortRow, ...]:
    snapshot = snapshot_of(manifests)
    return resolve_ports(snapshot, snapshot.pods.values(), resolve_services(snapshot))


def numbers(*manifests: Manifest) -> list[int]:
    return [row.port for row in ports(*manifests)]


def test_declared_ports_come_first_and_every_other_port_last() -> None:
    assert numbers(pod(ports={"b": 9090, "a": 8080})) == [8080, 9090, OTHER_PORTS]


def test_a_port_that_only_a_service_names_is_there() -> None:
    assert numbers(pod(), service(ports=[{"port": 80, "targetPort": 7000}])) == [7000, 8080, OTHER_PORTS]


def test_a_port_that_only_a_policy_names_is_there() -> None:
    found = ports(pod(), policy("cart", "STRICT", select={"app": "cart"}, ports={7000: "DISABLE"}))
    assert [(row.port, mode_word(row.accepts)) for row in found] == [
        (7000, "DISABLE"),
        (8080, "STRICT"),
        (OTHER_PORTS, "STRICT"),
    ]


def test_ports_of_a_younger_policy_are_no_ports() -> None:
    older = policy("a", "STRICT", select={"app": "cart"})
    younger = policy("b", select={"app": "cart"}, ports={7000: "DISABLE"})
    assert numbers(pod(), older, younger) == [8080, OTHER_PORTS]


def test_ports_of_the_proxy_itself_are_no_ports_of_the_workload() -> None:
    injected = pod()
    injected["spec"]["containers"][1]["ports"] = [{"containerPort": 15090, "name": "http-envoy-prom"}]
    assert numbers(injected) == [8080, OTHER_PORTS]


def test_udp_ports_are_left_out() -> None:
    one = pod()
    one["spec"]["containers"][0]["ports"].append({"name": "dns", "containerPort": 53, "protocol": "UDP"})
    assert numbers(one) == [8080, OTHER_PORTS]


def test_services_that_lead_to_a_port_are_named() -> None:
    second = service("cart-admin", ports=[{"port": 81, "targetPort": "http"}])
    (first, *_) = ports(pod(), service(), second)
    assert (first.name, first.services) == ("http", ("cart:80", "cart-admin:81"))
