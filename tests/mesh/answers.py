"""What the program says of the mesh at one moment, to be held against the wire."""

import importlib.util
import json
from dataclasses import dataclass
from typing import Any

from tests.live.program import run, run_as
from tests.mesh.mesh import Mesh


def explains_all() -> bool:
    """Whether there is `explain --all` yet: the form of its answer that others rely on."""
    return bool(importlib.util.find_spec("kubectl_mtls.cli.explain")) and "--all" in run("explain", "--help").out


@dataclass(frozen=True, slots=True)
class Answers:
    """`status` by `namespace/service:port`; the items of `explain --all`, once it can be asked."""

    status: dict[str, Any]
    explain: list[Any]


def ask(mesh: Mesh) -> Answers:
    """Ask everything, as somebody who may only read."""
    rows = _ask(mesh, "status", "-A")["services"]
    status = {f"{row['namespace']}/{row['service']}:{row['port']}": row for row in rows}
    return Answers(status, _ask(mesh, "explain", "--all", "-A")["items"] if explains_all() else [])


def _ask(mesh: Mesh, *argv: str) -> Any:
    ran = run_as(mesh.api, "reader", "default", *argv, "-o", "json")
    assert ran.out, ran
    return json.loads(ran.out)
