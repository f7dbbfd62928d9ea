import pytest

from kubectl_mtls.rules.undeclared_server_first import check
from tests.rules.mesh import found, service, view_of, workload

FIELD = [("service/cart -n shop", "spec.ports.0")]
CASES = {
    "by name": ("{name: smtp-mail, port: 2000, targetPort: 8080}", FIELD),
    "by number": ("{port: 587, targetPort: 8080}", FIELD),
    "by the pods' number": ("{name: db, port: 13306, targetPort: 3306}", FIELD),
    "no finding: declared by name": ("{name: tcp-smtp, port: 587, targetPort: 8080}", []),
    "no finding: declared by appProtocol": ("{name: smtp, port: 587, targetPort: 8080, appProtocol: tcp}", []),
    "no finding: Istio knows the number": ("{name: db, port: 3306, targetPort: 8080}", []),
    "no finding: mysql is a protocol that Istio knows": ("{name: mysql, port: 13306, targetPort: 3306}", []),
    "no finding: the client speaks first": ("{name: db, port: 5432, targetPort: 8080}", []),
}


@pytest.mark.parametrize(("ports", "expected"), CASES.values(), ids=CASES)
def test_ports_on_which_both_wait(ports: str, expected: list[tuple[str, str]]) -> None:
    assert found(check, view_of(service(ports=ports) + workload())) == expected


def test_without_a_client_with_a_proxy_nobody_waits() -> None:
    naked = workload(labels='sidecar.istio.io/inject: "false"')
    assert found(check, view_of(service(ports="{name: smtp, port: 587, targetPort: 8080}") + naked)) == []
