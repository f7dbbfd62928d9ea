"""The plugin that krew installed, on a real API server: right answers for the examples, changes made and undone."""

import functools
import json
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from examples.demo_live import write_renewal
from examples.make_certificates import write_certificates
from tests.krew.test_archive import installed, run  # noqa: F401  # `installed` is a fixture
from tests.live.program import run as run_in_process
from tests.servers.api import ApiServer
from tests.servers.cluster import running_api_server, running_etcd
from tests.servers.manifests import load_manifests

pytestmark = [pytest.mark.slow, pytest.mark.live]
EXAMPLES = Path(__file__).parents[2] / "examples"
# The comparison's policy is refused by the API server: that is the point of it.
PARTS = {
    "shop": ["shop"],
    "shop-in-trouble": ["shop-in-trouble"],
    "comparison": ["comparison/httpbin.yaml", "comparison/manual.yaml"],
}

Plugin = Callable[..., CompletedProcess[str]]


@pytest.fixture(scope="module")
def cluster() -> Iterator[ApiServer]:
    with running_etcd() as etcd, running_api_server(etcd, "installed") as server:
        yield server


@pytest.fixture
def plugin(cluster: ApiServer, installed: Path, kubectl: Path, tmp_path: Path) -> Iterator[Plugin]:  # noqa: F811
    """Runs `kubectl mtls ...` as the operator of namespace shop; what the test made is taken away."""
    path = os.pathsep.join([str(installed), str(kubectl.parent), os.defpath])
    config = cluster.kubeconfig("operator", "shop")
    yield functools.partial(run, kubectl, "mtls", PATH=path, HOME=tmp_path, KUBECONFIG=config)
    cluster.reset()


def load(cluster: ApiServer, example: str, made: Path) -> list[Path]:
    sources = [EXAMPLES / part for part in PARTS[example]] + [made / example]
    write_certificates(made, datetime.now(UTC))
    cluster.apply(manifest for source in sources for manifest in load_manifests(source))
    return sources


def modes(answer: str) -> dict[str, str]:
    rows = json.loads(answer)["services"]
    return {f"{row['namespace']}/{row['service']}:{row['port']}": row["mode"] for row in rows}


def codes(answer: str) -> list[str]:
    """All but stale-webhook-bundle: no istiod runs here that would write bundles."""
    found = (finding["code"] for finding in json.loads(answer)["findings"])
    return sorted(code for code in found if code != "MTLS405")


@pytest.mark.parametrize("example", PARTS)
def test_the_installed_plugin_answers_as_for_the_files(
    cluster: ApiServer, plugin: Plugin, tmp_path: Path, example: str
) -> None:
    sources = load(cluster, example, tmp_path / "made")
    live = plugin("status", "-A", "-o", "json")
    assert live.returncode == 0, live.stderr
    files = [word for source in sources for word in ("-f", str(source))]
    offline = run_in_process("status", *files, "-o", "json")
    expected = modes(offline.out)
    if example == "comparison":  # on a cluster a Deployment without pods has no pods, and is no workload to judge
        expected = {"default/httpbin:8000": None}
    else:
        assert codes(live.stdout) == codes(offline.out)
    assert {key: mode for key, mode in modes(live.stdout).items() if key != "default/kubernetes:443"} == expected


def test_the_installed_plugin_takes_a_namespace_to_strict_and_back(
    cluster: ApiServer, plugin: Plugin, tmp_path: Path
) -> None:
    load(cluster, "shop", tmp_path / "made")
    policy = "/apis/security.istio.io/v1/namespaces/shop/peerauthentications/default"
    opened = plugin("switch-mode", "ns/shop", "--to", "PERMISSIVE", "--yes")
    assert opened.returncode == 0, opened.stderr
    assert set(modes(plugin("status", "-o", "json").stdout).values()) == {"PERMISSIVE"}
    refused = plugin("switch-mode", "ns/shop", "--to", "STRICT", "--yes")
    assert refused.returncode == 4
    assert "MTLS701" in refused.stdout + refused.stderr
    done = plugin("switch-mode", "ns/shop", "--to", "STRICT", "--yes", "--accept", "MTLS701")
    assert done.returncode == 0, done.stderr
    assert cluster.request("GET", policy).must()["spec"]["mtls"]["mode"] == "STRICT"
    undone = plugin("switch-mode", "ns/shop", "--undo", "--yes")
    assert undone.returncode == 0, undone.stderr
    assert cluster.request("GET", policy).must()["spec"]["mtls"]["mode"] == "PERMISSIVE"


def test_the_installed_plugin_rotates_a_secret_and_back(cluster: ApiServer, plugin: Plugin, tmp_path: Path) -> None:
    load(cluster, "shop", tmp_path / "made")
    secret = "/api/v1/namespaces/shop/secrets/partner-cert"
    before = cluster.request("GET", secret).must()["data"]
    renewal = [*write_renewal(tmp_path, datetime.now(UTC)).split(), "--accept", "MTLS712"]
    done = plugin("rotate", "secret/partner-cert", *renewal, "--yes")
    assert done.returncode == 0, done.stderr
    after = cluster.request("GET", secret).must()["data"]
    assert after != before
    assert (tmp_path / "new.key").read_text() not in done.stdout + done.stderr
    assert after["tls.key"][40:80] not in done.stdout + done.stderr
    inspected = json.loads(plugin("inspect-secret", "partner-cert", "-o", "json").stdout)["items"][0]
    assert (inspected["keyMatches"], inspected["verifies"]["client"]) == (True, True)
    undone = plugin("rotate", "secret/partner-cert", "--undo", "--yes")
    assert undone.returncode == 0, undone.stderr
    assert cluster.request("GET", secret).must()["data"] == before
