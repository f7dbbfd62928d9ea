"""Where does the time of `status -A` go? `python -m benchmarks.stages` runs its parts one by one in one process.

The program itself overlaps some of them (imports and requests, one page and the next), so their sum is more than it
takes. KUBECONFIG says which mesh.
"""

import gc
import os
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime


def main() -> None:
    """Print one line a stage: seconds of the clock and of the processor, and the peak of memory so far."""
    gc.disable()
    with _stage("import: command line"):
        import pydantic  # noqa: F401 - what typer imports as soon as a command runs

        from kubectl_mtls.cli.commands import COMMANDS

        COMMANDS[0].load()
    with _stage("import: API client, protobuf"):
        import kubernetes  # noqa: F401

        from kubectl_mtls.kube import connect, flags, read, schema

        schema.prepare()
    with _stage("import: posture, rules, text"):
        import kubectl_mtls.cli.status_answer  # noqa: F401
    from kubectl_mtls.cli.gather import CONNECTION_KINDS, read_control_planes
    from kubectl_mtls.model import kind as kinds
    from kubectl_mtls.model.assembly import build_snapshot
    from kubectl_mtls.model.reading import Want
    from kubectl_mtls.posture.mesh.outside_hosts import egress_of
    from kubectl_mtls.posture.mesh.status import Shown, resolve_status
    from kubectl_mtls.posture.server.services import resolve_services
    from kubectl_mtls.render.status_table import render_status
    from kubectl_mtls.rules.catalogue import CATALOGUE
    from kubectl_mtls.rules.judgement import judge
    from kubectl_mtls.rules.view import View

    with _stage("connect"):
        source = read.ClusterSource(connect.connect(flags.ConnectionFlags(), os.environ, "kubectl-mtls/benchmark"))
    with _stage("discovery, control planes"):
        read_control_planes(source, None)
    wanted = (kinds.NAMESPACE, kinds.SERVICE, kinds.ENDPOINT_SLICE, kinds.PEER_AUTHENTICATION, *CONNECTION_KINDS)
    with _stage("read all but pods"):
        source.read([Want(kind) for kind in wanted])
    with _stage("read everything"):
        reading = source.read([Want(kind) for kind in (*wanted, kinds.POD)])
    with _stage("type it"):
        snapshot = build_snapshot(reading, live=True)
    with _stage("resolve Services"):
        rows = resolve_services(snapshot)
    now = datetime.now(UTC)
    view = View(snapshot, rows, now)
    with _stage("resolve clients"):
        shown = Shown(services=view.traffic, egress=egress_of(view.resolver))
    with _stage("judge"):
        judgement = judge(view, CATALOGUE)
    with _stage("write"):
        status = resolve_status(snapshot, shown, now)
        render_status(status, judgement.findings, now, wide=False, with_namespace=True, show_headers=True)


@contextmanager
def _stage(name: str) -> Iterator[None]:
    wall, processor = time.perf_counter(), time.process_time()
    yield
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(f"  {name:<30}{wall:6.2f} s   processor {processor:5.2f} s   peak so far {peak:4.0f} MiB\n")


if __name__ == "__main__":
    main()
