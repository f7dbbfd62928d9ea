"""What a port's name says that it speaks (3.8, pkg/config/kube/conversion.go)."""

import pytest

from kubectl_mtls.posture.cluster.protocol import PortProtocol, entry_port_protocol, service_port_protocol

HTTP, TCP, TLS, AUTO, UDP = (PortProtocol[word] for word in ("HTTP", "TCP", "TLS", "AUTO", "UDP"))


@pytest.mark.parametrize(
    ("number", "name", "app_protocol", "expected"),
    [
        pytest.param(80, "http", "", HTTP, id="http"),
        pytest.param(80, "http-web", "", HTTP, id="text before the first dash"),
        pytest.param(80, "HTTP-web", "", HTTP, id="case does not matter"),
        pytest.param(80, "http2", "", HTTP, id="http2"),
        pytest.param(80, "http_proxy", "", HTTP, id="http_proxy"),
        pytest.param(80, "grpc", "", HTTP, id="grpc"),
        pytest.param(80, "grpc-web", "", HTTP, id="grpc-web"),
        pytest.param(80, "grpc-web-2", "", HTTP, id="grpc-web as a prefix"),
        pytest.param(443, "https", "", TLS, id="https"),
        pytest.param(443, "tls-api", "", TLS, id="tls"),
        pytest.param(80, "tcp-sql", "", TCP, id="tcp"),
        pytest.param(80, "mongo", "", TCP, id="mongo"),
        pytest.param(80, "redis", "", TCP, id="redis"),
        pytest.param(80, "mysql", "", TCP, id="mysql"),
        pytest.param(80, "", "", AUTO, id="no name"),
        pytest.param(80, "web", "", AUTO, id="a name that says nothing"),
        pytest.param(80, "httpx", "", AUTO, id="no more than the word itself"),
        pytest.param(80, "web-http", "", AUTO, id="not behind the dash"),
        pytest.param(25, "", "", TCP, id="port 25"),
        pytest.param(53, "dns", "", TCP, id="port 53"),
        pytest.param(3306, "web", "", TCP, id="port 3306"),
        pytest.param(27017, "", "", TCP, id="port 27017"),
        pytest.param(3306, "http", "", HTTP, id="the name before the number"),
        pytest.param(80, "tcp", "http", HTTP, id="appProtocol before the name"),
        pytest.param(80, "http", "tcp", TCP, id="appProtocol before the name, the other way round"),
        pytest.param(80, "http", "unheard-of", AUTO, id="an appProtocol that says nothing"),
        pytest.param(80, "", "kubernetes.io/h2c", HTTP, id="kubernetes.io/h2c"),
        pytest.param(80, "", "kubernetes.io/ws", HTTP, id="kubernetes.io/ws"),
        pytest.param(443, "", "kubernetes.io/wss", TLS, id="kubernetes.io/wss"),
    ],
)
def test_the_protocol_of_a_service_port(number: int, name: str, app_protocol: str, expected: PortProtocol) -> None:
    assert service_port_protocol(number, name, "TCP", app_protocol) is expected
    assert service_port_protocol(number, name, "UDP", app_protocol) is UDP


@pytest.mark.parametrize(
    ("written", "expected"), [("HTTP", HTTP), ("grpc", HTTP), ("TLS", TLS), ("TCP", TCP), ("udp", UDP), ("SCTP", AUTO)]
)
def test_the_protocol_of_a_service_entry_port(written: str, expected: PortProtocol) -> None:
    assert entry_port_protocol(written) is expected
