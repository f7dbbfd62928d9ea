"""A mesh onto an API server, through many connections: 10,000 pods take about three minutes."""

import json
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from threading import local

import yaml

from benchmarks import mesh
from benchmarks.mesh import Manifest, Size
from kubectl_mtls.model.kind import find_kind
from tests.servers.api import ApiServer
from tests.servers.client import MERGE, Client

_CONNECTIONS = 12
_BATCH = 500


def write_mesh(server: ApiServer, size: Size, tell: Callable[[str], None]) -> None:
    """Everything of the mesh, pods with their status as another field manager writes it, the webhook last."""
    server.apply(mesh.foundation(size))
    _write_all(server, mesh.services(size), tell)
    _write_all(server, mesh.networking(size), tell)
    _write_all(server, mesh.pods(size), tell)
    server.client().close()  # idle for minutes by now: the API server may have left it
    server.apply([mesh.injector()])


def _write_all(server: ApiServer, manifests: Iterable[Manifest], tell: Callable[[str], None]) -> None:
    """Batch by batch, so that the whole mesh never lies in memory."""
    kept = local()
    token = yaml.safe_load(server.kubeconfig().read_text())["users"][0]["user"]["token"]

    def write(manifest: Manifest) -> None:
        if not hasattr(kept, "client"):
            kept.client = Client(server.port, server.ca_file, token)
        _write(kept.client, manifest)

    waiting = iter(manifests)
    written = 0
    with ThreadPoolExecutor(_CONNECTIONS) as pool:
        while batch := list(islice(waiting, _BATCH)):
            list(pool.map(write, batch))
            written += len(batch)
            tell(f"{written:,} {batch[0]['kind']} and such written")


def _write(client: Client, manifest: Manifest) -> None:
    status = manifest.pop("status", None)
    metadata = manifest["metadata"]
    group = "api" if manifest["apiVersion"] == "v1" else "apis"
    kind = find_kind(manifest["apiVersion"], manifest["kind"])
    assert kind is not None
    path = f"/{group}/{manifest['apiVersion']}/namespaces/{metadata['namespace']}/{kind.plural}"
    client.request("POST", f"{path}?fieldManager=kube-controller-manager", json.dumps(manifest)).must()
    if status:
        path = f"{path}/{metadata['name']}/status?fieldManager=kubelet"
        client.request("PATCH", path, json.dumps({"status": status}), content_type=MERGE).must()
