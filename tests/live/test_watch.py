"""`status --watch` as a process, with a proxy of faults between it and the real API server."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.live.program import run
from tests.servers.api import ApiServer
from tests.servers.client import MERGE
from tests.servers.fault_proxy import FaultProxy
from tests.servers.fault_script import Rule
from tests.servers.manifests import load_manifests
from tests.servers.process import wait_until
from tests.soak.run import MESH

PROGRAM = Path(sys.executable).with_name("kubectl-mtls")
POLICY = "/apis/security.istio.io/v1/namespaces/shop/peerauthentications/cart"


class Watching:
    """One `status --watch`, and what it has said so far."""

    def __init__(self, kubeconfig: Path, folder: Path, *words: str):
        self._out, self._err = folder / "out", folder / "err"
        with self._out.open("w") as out, self._err.open("w") as err:
            self.process = subprocess.Popen(
                [PROGRAM, "status", "--watch", "-o", "wide", *words],
                env={**os.environ, "KUBECONFIG": str(kubeconfig)},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
            )

    @property
    def blocks(self) -> list[str]:
        return self._out.read_text().split("--- ")

    @property
    def told(self) -> str:
        return self._err.read_text()

    def wait_for_row(self, *cells: str) -> None:
        """Until the last block has such a row."""

        def seen() -> bool:
            assert self.process.poll() is None, self.told
            return any(line.split()[: len(cells)] == list(cells) for line in self.blocks[-1].splitlines())

        wait_until(seen, lambda: f"no row {cells} in\n{self.blocks[-1]}\n{self.told}", 60)

    def end(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(5)


@pytest.fixture(scope="module")
def proxy(cluster: ApiServer) -> Iterator[FaultProxy]:
    proxy = FaultProxy(cluster)
    yield proxy
    proxy.stop()


@pytest.fixture
def watch(cluster: ApiServer, proxy: FaultProxy, tmp_path: Path) -> Iterator[Callable[..., Watching]]:
    cluster.apply(load_manifests(MESH))
    started: list[Watching] = []

    def start(*words: str, user: str = "reader") -> Watching:
        watching = Watching(proxy.kubeconfig(user, "shop"), tmp_path, *words)
        started.append(watching)
        watching.wait_for_row("cart", "8080", "1/1", "PERMISSIVE")
        return watching

    with proxy.playing():
        yield start
    for watching in started:
        watching.process.kill()
        watching.process.wait()
    cluster.reset()


def set_mode(cluster: ApiServer, mode: str) -> None:
    cluster.client().request("PATCH", POLICY, {"spec": {"mtls": {"mode": mode}}}, content_type=MERGE).must()


def lists(proxy: FaultProxy, resource: str) -> list[str]:
    return [path for _, path, _ in proxy.play.requests if resource in path and "watch=" not in path]


def test_a_change_is_shown_without_another_list(watch, cluster: ApiServer, proxy: FaultProxy) -> None:
    watching = watch()
    before = len(proxy.play.requests)
    for mode in ("STRICT", "DISABLE"):
        set_mode(cluster, mode)
        watching.wait_for_row("cart", "8080", "1/1", mode)
    cluster.client().request("DELETE", "/api/v1/namespaces/shop/services/mail").must()
    wait_until(lambda: "mail" not in watching.blocks[-1], lambda: watching.blocks[-1], 20)
    assert proxy.play.requests[before:] == []
    assert watching.end() == 130
    assert len(watching.blocks) == 4
    assert watching.told == ""


def test_broken_connections_go_on_from_where_they_were(watch, cluster: ApiServer, proxy: FaultProxy) -> None:
    watching = watch()
    before = len(lists(proxy, ""))
    proxy.cut_streams()
    set_mode(cluster, "STRICT")
    watching.wait_for_row("cart", "8080", "1/1", "STRICT")
    assert len(lists(proxy, "")) == before


EXPIRED = {
    "as the answer": Rule("410", "peerauthentications.*watch=", 1, 1),
    "in the stream": Rule("gone", "peerauthentications.*watch=", 1, 1),
    "because the kind is gone for a moment": Rule("404", "peerauthentications.*watch=", 1, 1),
}


@pytest.mark.parametrize("how", EXPIRED)
def test_an_expired_version_lists_that_kind_again(how: str, watch, cluster: ApiServer, proxy: FaultProxy) -> None:
    watching = watch()
    with proxy.playing(EXPIRED[how]):
        proxy.cut_streams()
        set_mode(cluster, "STRICT")
        watching.wait_for_row("cart", "8080", "1/1", "STRICT")
        set_mode(cluster, "DISABLE")
        watching.wait_for_row("cart", "8080", "1/1", "DISABLE")
        assert len(lists(proxy, "peerauthentications")) == 2
        assert lists(proxy, "pods") == []


@pytest.mark.parametrize("fault", ["503", "reset", "html", "noise", "cut", "not-http", "429-wait-long"])
def test_an_outage_is_said_and_outlived(fault: str, watch, cluster: ApiServer, proxy: FaultProxy) -> None:
    watching = watch()
    with proxy.playing(Rule(fault, "watch=")):
        proxy.cut_streams()
        wait_until(lambda: "connection to the API server is lost" in watching.told, lambda: watching.told, 20)
        set_mode(cluster, "STRICT")
        assert "cart" in watching.blocks[-1]
    watching.wait_for_row("cart", "8080", "1/1", "STRICT")
    assert watching.end() == 130
    assert "Traceback" not in watching.told


def test_a_token_that_runs_out_is_fetched_again(watch, cluster: ApiServer, proxy: FaultProxy) -> None:
    watching = watch()
    with proxy.playing(Rule("401", "watch=", 1, 3)):
        proxy.cut_streams()
        set_mode(cluster, "STRICT")
        watching.wait_for_row("cart", "8080", "1/1", "STRICT")


def test_a_token_that_stays_refused_ends_it(watch, proxy: FaultProxy) -> None:
    watching = watch()
    with proxy.playing(Rule("401")):
        proxy.cut_streams()
        assert watching.process.wait(20) == 3
    assert "does not accept the credentials" in watching.told


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_memory_stays_flat_over_many_changes(watch, cluster: ApiServer) -> None:
    watching = watch()

    def change(count: int) -> int:
        for number in range(count):
            set_mode(cluster, ("STRICT", "DISABLE", "UNSET")[number % 3])
        set_mode(cluster, "PERMISSIVE")
        watching.wait_for_row("cart", "8080", "1/1", "PERMISSIVE")
        return int(Path(f"/proc/{watching.process.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    warm = change(100)
    assert change(500) - warm < 3_000_000


def test_files_are_not_watched() -> None:
    ran = run("status", "--watch", "-f", str(MESH))
    assert ran.code == 2
    assert "--watch needs a cluster" in ran.err
