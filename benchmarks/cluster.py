"""An API server that holds a mesh, with etcd's data kept between runs: written once, then copied."""

import hashlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import mesh
from benchmarks.mesh import Size
from benchmarks.write import write_mesh
from tests.servers import crds
from tests.servers.api import ApiServer
from tests.servers.build import build, cache_folder
from tests.servers.cluster import running_api_server, running_etcd
from tests.servers.etcd import Etcd
from tests.servers.process import start_patiently

_PREFIX = "mesh"
_SAMPLE = Size(services=20)


@contextmanager
def running_mesh(size: Size) -> Iterator[ApiServer]:
    """The API server of a mesh; the kept data is not touched by what is done to it."""
    kept = _kept_data(size)
    with tempfile.TemporaryDirectory(prefix="kubectl-mtls-bench-") as folder:
        shutil.copytree(kept, Path(folder) / "data")
        etcd = start_patiently(lambda: Etcd(Path(folder)))
        try:
            server = start_patiently(lambda: _Restored(etcd, etcd.folder / _PREFIX, (crds.ISTIO,)))
            try:
                yield server
            finally:
                server.stop()
        finally:
            etcd.stop()


class _Restored(ApiServer):
    """An API server on kept data."""

    def install_crds(self, *sources: crds.CrdSource) -> None:
        """They are there already; their objects can be listed a moment after the server is ready."""
        self._resources.wait_for_crds([crd for source in sources for crd in source.read()])


def _kept_data(size: Size) -> Path:
    """The data folder of an etcd that was stopped after the mesh was written."""
    target = cache_folder() / "benchmarks" / f"{size.services}x{size.pods_per_service}-{_key()}"
    if not target.is_dir():
        target.parent.mkdir(parents=True, exist_ok=True)
        _tell(f"writing a mesh of {size}, once")
        unfinished = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=target.parent))
        try:
            with running_etcd() as etcd:
                with running_api_server(etcd, _PREFIX, sources=(crds.ISTIO,)) as server:
                    write_mesh(server, size, _tell)
                etcd.stop()
                shutil.copytree(etcd.folder / "data", unfinished / "data")
            (unfinished / "data").rename(target)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    return target


def _key() -> str:
    """A digest of what decides the data: what the generator makes, and the server that stores it."""
    digest = hashlib.sha256(os.fsencode(build("kubernetes").name))
    parts = (mesh.foundation, mesh.services, mesh.networking, mesh.pods)
    for part in (*(made(_SAMPLE) for made in parts), [mesh.injector()]):
        digest.update(json.dumps(list(part)).encode())
    return digest.hexdigest()[:16]


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
