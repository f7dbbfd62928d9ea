"""A port on which the server speaks first says nothing of its protocol, so proxies wait for the client and both hang.

What it checks

Service ports without a protocol in their name or `appProtocol`, whose name or number is that of a protocol in which
the server greets first (FTP, SSH, SMTP, POP3, IMAP, MySQL, NATS), and which clients with a proxy can call. Numbers
that Istio takes for TCP by itself (25, 53, 3306, 27017) are not meant.

Why it matters

Where the protocol is not declared, the client's proxy reads the client's first bytes to tell HTTP from TCP, and a
PERMISSIVE server's proxy does it to tell TLS from plaintext. In these protocols the client waits for the greeting:
nobody sends anything, and the connection ends in a time-out. It looks like a fault of the network.

Example

    apiVersion: v1
    kind: Service
    metadata: {name: mail, namespace: shop}
    spec:
      selector: {app: mail}
      ports: [{name: smtp, port: 587}]
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: mail, namespace: shop}
    spec:
      template:
        metadata:
          labels: {app: mail, sidecar.istio.io/inject: "true"}
        spec:
          containers: [{name: mail, image: mail, ports: [{containerPort: 587}]}]

Better

    apiVersion: v1
    kind: Service
    metadata: {name: mail, namespace: shop}
    spec:
      selector: {app: mail}
      ports: [{name: tcp-smtp, port: 587}]
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: mail, namespace: shop}
    spec:
      template:
        metadata:
          labels: {app: mail, sidecar.istio.io/inject: "true"}
        spec:
          containers: [{name: mail, image: mail, ports: [{containerPort: 587}]}]

Fix

Say that it is TCP: `appProtocol: tcp`, or a port name that begins with `tcp`. Clients without a proxy keep waiting
under PERMISSIVE, which has to tell TLS from plaintext all the same: for them the port needs DISABLE, or they a proxy.
"""

from collections.abc import Iterator

from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.service import ServicePort
from kubectl_mtls.posture.cluster.protocol import PortProtocol, service_port_protocol
from kubectl_mtls.posture.mesh.traffic import Traffic
from kubectl_mtls.posture.server.services import ServiceRow
from kubectl_mtls.rules.rule import CONNECTIONS, Rule
from kubectl_mtls.rules.view import View

RULE = Rule(
    code="MTLS120",
    name="undeclared-server-first",
    severity=Severity.WARNING,
    summary="Service port on which the server speaks first, without a declared protocol",
    reads=CONNECTIONS,
    doc=__doc__,
)

_BY_NUMBER = {
    21: "FTP",
    22: "SSH",
    25: "SMTP",
    110: "POP3",
    143: "IMAP",
    587: "SMTP",
    2525: "SMTP",
    3306: "MySQL",
    4222: "NATS",
}
_BY_NAME = {
    "ftp": "FTP",
    "ssh": "SSH",
    "sftp": "SSH",
    "smtp": "SMTP",
    "submission": "SMTP",
    "pop3": "POP3",
    "imap": "IMAP",
    "mariadb": "MySQL",
    "nats": "NATS",
}


def check(view: View) -> Iterator[Finding]:
    """One finding for every such port."""
    for traffic in view.traffic:
        row, port = traffic.row, traffic.row.port
        if port is None or not view.covers(row.key[0]) or not _is_called_by_proxies(traffic):
            continue
        if (protocol := _server_first(row, port)) is not None:
            field = f"spec.ports.{row.service.ports.index(port)}"
            message = (
                f"{row.service.metadata.ref}: port {port.number} is {protocol} by its name or number, where the server "
                "speaks first, but declares no protocol: proxies wait for the client's first bytes, and connections "
                "hang"
            )
            yield RULE.finding(row.service.metadata, field, message, f"write appProtocol: tcp in {field}")


def _is_called_by_proxies(traffic: Traffic) -> bool:
    return any(callers.connection.cluster is not None for callers in traffic.callers)


def _server_first(row: ServiceRow, port: ServicePort) -> str | None:
    declared = service_port_protocol(port.number, port.name, port.protocol, port.app_protocol)
    if declared is not PortProtocol.AUTO:
        return None
    by_name = _BY_NAME.get(port.name.partition("-")[0].lower())
    numbers = (port.number, *(backend.port for backend in row.backends))
    return by_name or next((_BY_NUMBER[number] for number in numbers if number in _BY_NUMBER), None)
