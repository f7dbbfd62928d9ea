"""The reading commands, each on a mesh from standard input, and what came of them."""

import io
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

from kubectl_mtls.cli.main import main
from kubectl_mtls.cli.session import Session

NOW = datetime(2026, 8, 1, tzinfo=UTC)
COMMANDS = (
    ("status",),
    ("status", "-n", "shop", "-o", "wide"),
    ("status", "-A", "-o", "json"),
    ("check",),
    ("check", "-o", "sarif"),
    ("explain", "--all"),
    ("explain", "any"),
    ("explain", "any", "-o", "json"),
    ("explain", "ns/shop", "svc/cart.shop"),
    ("explain", "outside", "cart.shop"),
    ("explain", "any", "--symptom", "503 UF,URX outbound|80||cart.shop.svc.cluster.local"),
)


@dataclass(frozen=True)
class Answer:
    """One run: what was asked, and what came of it."""

    command: tuple[str, ...]
    code: int
    out: str
    err: str


def ask(random: Random, mesh: str) -> Answer:
    """Run one drawn command on a mesh."""
    command = random.choice(COMMANDS)
    out, err = io.StringIO(), io.StringIO()
    stdin = io.BytesIO(mesh.encode())
    session = Session(environ={}, stdin=stdin, stdout=out, stderr=err, clock=lambda: NOW)  # type: ignore[arg-type]
    code = main([*command, "-f", "-", "-v", "6"], session)
    return Answer(command, code, out.getvalue(), err.getvalue())
