"""What the program says of the mesh at one moment, to be held against the wire."""

import json
from dataclasses import dataclass
from typing import Any

from tests.live.program import Ran, run_as
from tests.mesh import world
from tests.mesh.mesh import Mesh
from tests.mesh.outcomes import BARE_REFUSED, FAILS, HTTP_CLIENT_REFUSED, TCP_CLIENT_REFUSED, Connection, Policy


def is_predictable(connection: Connection) -> bool:
    """Whether the program can be asked about it: it goes to a Service, and not in TLS of the client's own."""
    return bool(connection.service) and connection.speaks != "https"


def has_symptom(connection: Connection) -> bool:
    """Whether the objects say how it fails. They do not say which side's file refuses the other first, nor whether an
    application answers TLS with TLS.
    """
    told = is_predictable(connection) and not connection.foretold and connection.outcome.verdict == FAILS
    return told and connection.outcome not in (HTTP_CLIENT_REFUSED, TCP_CLIENT_REFUSED, BARE_REFUSED)


@dataclass(frozen=True, slots=True)
class Answers:
    """`status` by `namespace/service:port`, the items of `explain --all`, `explain` of connections that fail."""

    status: dict[str, Any]
    explain: list[Any]
    failures: dict[Connection, Ran]


def ask(mesh: Mesh, policy: Policy) -> Answers:
    """Ask everything, as somebody who may only read."""
    rows = _ask(mesh, "status", "-A")["services"]
    return Answers(
        {f"{row['namespace']}/{row['service']}:{row['port']}": row for row in rows},
        _ask(mesh, "explain", "--all", "-A")["items"],
        {one: _explain(mesh, one) for one in policy.connections if has_symptom(one)},
    )


def _explain(mesh: Mesh, connection: Connection) -> Ran:
    namespace, _, name = connection.service.partition("/")
    client = world.PODS[connection.client]
    server = f"svc/{name}.{namespace}:{connection.port}"
    return run_as(mesh.api, "reader", client.namespace, "explain", f"pod/{client.name}", server)


def _ask(mesh: Mesh, *argv: str) -> Any:
    ran = run_as(mesh.api, "reader", "default", *argv, "-o", "json")
    assert ran.out, ran
    return json.loads(ran.out)
