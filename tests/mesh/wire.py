"""Making connections and looking at all that is seen of them: by the client, both sidecars and the application."""

import json
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tests.mesh.mesh import UNEXPOSED, Mesh
from tests.mesh.outcomes import FAILS, MTLS, PLAINTEXT, TLS, Connection, Lines, Outcome, Policy
from tests.servers import echo

_SAY = Path(echo.__file__).with_name("say.py")
_SECONDS = 20
Line = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of one connection. None instead of lines: there is no such sidecar."""

    end: str
    body: Mapping[str, Any] = field(default_factory=dict)
    client: tuple[Line, ...] | None = None
    server: tuple[Line, ...] | None = None
    application: tuple[Line, ...] = ()

    @property
    def passed(self) -> bool:
        return self.end in ("200", "answered")

    @property
    def peer(self) -> str:
        """Whom the server took the client for: x-forwarded-client-cert, or its sidecar's word."""
        told = [str(self.body.get("peer")), *(str(line["peer"]) for line in self.server or ())]
        return next((one for one in told if "spiffe://" in one), "")

    @property
    def verdict(self) -> str:
        """The word for the connection, from what the server's side saw."""
        if not self.passed:
            return FAILS
        if self.peer:
            return MTLS
        took_tls = self.body.get("tls") or any(line["tls"] for line in self.application)
        return TLS if took_tls else PLAINTEXT

    def surprises(self, outcome: Outcome) -> Iterator[str]:
        """What is not as expected."""
        if self.end not in outcome.ends:
            yield f"ended with {self.end}, not {' or '.join(sorted(outcome.ends))}"
        if self.verdict != outcome.verdict:
            yield f"is {self.verdict}, not {outcome.verdict}"
        if outcome.verdict == PLAINTEXT and any(line["downstream_tls"] for line in self.server or ()):
            yield "is called plaintext, but the server's sidecar took TLS"
        if outcome.application and outcome.application not in [line["first"] for line in self.application]:
            yield f"application got {self.application}, not {outcome.application}"
        for side, lines, wanted in (("client", self.client, outcome.client), ("server", self.server, outcome.server)):
            if lines is not None and wanted is not None:
                yield from (f"{side}'s sidecar: {surprise}" for surprise in _surprises(lines, wanted))


def _surprises(lines: tuple[Line, ...], wanted: Lines) -> Iterator[str]:
    if bool(lines) != bool(wanted.flags):
        yield f"{len(lines)} lines, expected {'some' if wanted.flags else 'none'}"
    for line in lines:
        flags = frozenset((line["flags"] or "-").split(",")) - {"-"}
        if wanted.flags and flags not in wanted.flags:
            yield f"flags {sorted(flags)}, not {' or '.join(str(sorted(one)) for one in wanted.flags)}"
    reasons = [f"{line['upstream_failure']} {line['downstream_failure']}" for line in lines]
    if wanted.reason and lines and not any(part in reason for part in wanted.reason for reason in reasons):
        yield f"reasons {reasons}, not {' or '.join(wanted.reason)}"


@dataclass(frozen=True, slots=True)
class Wire:
    """All that was observed of one policy."""

    policy: Policy
    seen: Mapping[Connection, Seen]


def observe(mesh: Mesh, policy: Policy) -> Wire:
    """Make every connection until all go as expected and still do after a second; or until time is up.

    A change reaches the proxies within a quarter of a second: what only lasted from before has gone after a second. The
    later connections are new ones on both legs, since a pooled one serves one more request at the most.
    """
    deadline = time.monotonic() + _SECONDS
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda one: _settle(mesh, one, deadline), policy.connections))
        while True:
            time.sleep(1)  # only waiting proves that an outcome stays
            wire = Wire(policy, _look(mesh, policy, pool))
            if not any(list(seen.surprises(one.outcome)) for one, seen in wire.seen.items()):
                return wire
            if time.monotonic() > deadline:
                return wire


def _settle(mesh: Mesh, connection: Connection, deadline: float) -> None:
    while connect(mesh, connection).end not in connection.outcome.ends and time.monotonic() < deadline:
        time.sleep(0.05)


def _look(mesh: Mesh, policy: Policy, pool: Executor) -> dict[Connection, Seen]:
    """Every connection once, with the lines that came of it."""
    logs = {name: sidecar.log_size() for name, sidecar in mesh.sidecars.items()}
    heard = {name: len(application.heard()) for name, application in mesh.applications.items()}
    ended = pool.map(lambda connection: connect(mesh, connection), policy.connections)
    seen = dict(zip(policy.connections, ended, strict=True))
    time.sleep(0.5)  # only waiting proves that a line does not come; the logs are written out ten times a second
    lines = {name: mesh.sidecars[name].access_log(since) for name, since in logs.items()}
    told = {name: mesh.applications[name].heard(since) for name, since in heard.items()}
    return {connection: _complete(mesh, connection, one, lines, told) for connection, one in seen.items()}


def connect(mesh: Mesh, connection: Connection) -> Seen:
    """Make one connection, as its client would."""
    host = mesh.hosts[connection.client]
    name, address, port = _address(mesh, connection)
    if connection.speaks == "tcp":
        said = host.run(sys.executable, "-I", "-S", _SAY, address, str(port), f"from {connection.name}")
        return Seen(json.loads(said.stdout)["end"])
    scheme = "https" if connection.speaks == "https" else "http"
    url = f"{scheme}://{name}:{port}/{connection.name}"
    ran = host.run("curl", "-sk", "-m", "5", "-w", "\n%{http_code}", "--resolve", f"{name}:{port}:{address}", url)
    if ran.returncode:
        return Seen(f"curl {ran.returncode}")
    body, _, status = ran.stdout.rpartition("\n")
    return Seen(status, json.loads(body) if status == "200" else {"text": body})


def _address(mesh: Mesh, connection: Connection) -> tuple[str, str, int]:
    """Host name, address and port to connect to: a cluster IP answers only where a sidecar takes what goes there."""
    if not connection.service:
        return "nobody.example", mesh.hosts["db"].address, UNEXPOSED
    service = mesh.services[connection.service]
    namespace, _, name = connection.service.partition("/")
    if connection.client in mesh.sidecars and not service.headless:
        return f"{name}.{namespace}", mesh.cluster_ips[connection.service], connection.port
    return f"{name}.{namespace}", mesh.hosts[service.pod].address, _target(mesh, connection)


def _target(mesh: Mesh, connection: Connection) -> int:
    """The port of the pod that is asked."""
    if not connection.service:
        return UNEXPOSED
    return next(one.target for one in mesh.services[connection.service].ports if one.number == connection.port)


def _complete(
    mesh: Mesh, connection: Connection, seen: Seen, lines: dict[str, list[Line]], told: dict[str, list[Line]]
) -> Seen:
    """With the lines of both sidecars and of the application that are about this connection."""
    pod = mesh.services[connection.service].pod if connection.service else "db"
    _, address, port = _address(mesh, connection)
    source, target = mesh.hosts[connection.client].address, _target(mesh, connection)
    client, server = lines.get(connection.client), lines.get(pod)
    return replace(
        seen,
        client=None if client is None else tuple(one for one in client if one["to"] == f"{address}:{port}"),
        server=None
        if server is None
        else tuple(one for one in server if one["from"].startswith(f"{source}:") and one["to"].endswith(f":{target}")),
        application=tuple(one for one in told[pod] if one["port"] == target),
    )
