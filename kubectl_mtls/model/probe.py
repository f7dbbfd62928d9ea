"""Which probes does the kubelet send to an application itself (P17, P18)?

The injector turns HTTP, TCP and gRPC probes to the proxy's agent (port 15020), so that they need no identity: pkg/kube/
inject/app_probe.go. Probes that run a command, and those by TCP, which a proxy always answers, do not matter.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kubectl_mtls.model import fields
from kubectl_mtls.model.proxy import ALWAYS_EXCLUDED, CONTAINER

_PROBES = ("startupProbe", "livenessProbe", "readinessProbe")


@dataclass(frozen=True, slots=True)
class Probe:
    """A probe by HTTP or gRPC on a port of the application. `name` is the API's word for it."""

    container: str
    name: str
    port: int


def parse_probes(spec: Mapping[str, Any]) -> tuple[Probe, ...]:
    """The probes of a pod spec that reach the application's own ports. Raises Malformed."""
    found: list[Probe] = []
    for kind in ("containers", "initContainers"):
        for index, container in enumerate(fields.mappings(spec, kind)):
            if container.get("name") != CONTAINER:
                with fields.below(f"{kind}.{index}"):
                    found += _of_container(container)
    return tuple(found)


def _of_container(container: Mapping[str, Any]) -> Iterator[Probe]:
    for name in _PROBES:
        probe = fields.mapping(container, name)
        http = fields.mapping(probe, "httpGet").get("port") if probe else None
        port = http if http is not None else fields.number(probe, "grpc.port") if probe else None
        number = port if isinstance(port, int) else _port_named(container, port)
        if number and number not in ALWAYS_EXCLUDED:
            yield Probe(fields.text(container, "name"), name, number)


def _port_named(container: Mapping[str, Any], name: object) -> int | None:
    """Names hold within the container; a number may be written as text."""
    if isinstance(name, str) and name.isdecimal() and len(name) < 6:
        return int(name)
    ports = fields.mappings(container, "ports") if name else []
    return next((fields.number(port, "containerPort") for port in ports if port.get("name") == name), None)
