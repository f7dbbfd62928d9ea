"""Writes that meet an API server that fails: what is written is known, or said not to be known; nothing is lost."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.program import Ran, run
from tests.live.test_rotate import NAMESPACE, Mesh, Pki, put_old, secret, values, write
from tests.live.test_switch_mode import PERMISSIVE, SHOP, mode
from tests.servers.api import ApiServer
from tests.servers.fault_proxy import FaultProxy
from tests.servers.fault_script import Rule

REAL_WRITE = r"secrets/partner\?fieldManager=kubectl-mtls$"


@pytest.fixture(scope="module")
def pki() -> Pki:
    return Pki()


@pytest.fixture
def proxy(cluster: ApiServer) -> Iterator[FaultProxy]:
    proxy = FaultProxy(cluster)
    yield proxy
    proxy.stop()


def run_through(proxy: FaultProxy, *argv: str) -> Ran:
    return run(*argv, environ={"KUBECONFIG": str(proxy.kubeconfig("operator", "shop"))})


def rotate(proxy: FaultProxy, *argv: str) -> Ran:
    return run_through(proxy, "rotate", "secret/partner", *argv, "--yes")


def test_conflict_on_the_second_write_takes_the_first_back_and_plans_again(
    mesh: Mesh, proxy: FaultProxy, pki: Pki, tmp_path: Path
):
    server = mesh(NAMESPACE)
    put_old(server, pki)
    with proxy.playing(Rule("409", REAL_WRITE, 1, 1, "PATCH")) as play:
        ran = rotate(proxy, *write(tmp_path, pki.new))
    assert ran.code == 0, ran
    writes = [method for method, path, _ in play.requests if method != "GET" and "dryRun" not in path]
    assert writes == ["POST", "PATCH", "DELETE", "POST", "PATCH"]
    assert values(server)["tls.crt"] == pki.new.chain_pem
    assert values(server, "partner-mtls-undo")["tls.crt"] == pki.old.chain_pem


def test_conflict_that_stays_ends_with_nothing_written(mesh: Mesh, proxy: FaultProxy, pki: Pki, tmp_path: Path):
    server = mesh(NAMESPACE)
    put_old(server, pki)
    before = secret(server)
    with proxy.playing(Rule("409", REAL_WRITE, method="PATCH")):
        ran = rotate(proxy, *write(tmp_path, pki.new))
    assert ran.code == 4, ran
    assert (secret(server), secret(server, "partner-mtls-undo")) == (before, None)


def test_older_undo_secret_is_put_back_when_the_rotation_fails(mesh: Mesh, proxy: FaultProxy, pki: Pki, tmp_path: Path):
    server = mesh(NAMESPACE)
    put_old(server, pki)
    assert rotate(proxy, *write(tmp_path, pki.new)).code == 0
    kept = secret(server, "partner-mtls-undo")
    with proxy.playing(Rule("403", REAL_WRITE, method="PATCH")):
        ran = rotate(proxy, *write(tmp_path, pki.leaf()))
    assert ran.code in (3, 4), ran
    now = secret(server, "partner-mtls-undo")
    assert (now["data"], now["metadata"]["annotations"]) == (kept["data"], kept["metadata"]["annotations"])
    assert rotate(proxy, "--undo").code == 0
    assert values(server)["tls.crt"] == pki.old.chain_pem


def test_lost_answer_is_said_and_the_old_version_stays_kept(mesh: Mesh, proxy: FaultProxy, pki: Pki, tmp_path: Path):
    server = mesh(NAMESPACE)
    put_old(server, pki)
    with proxy.playing(Rule("reset", REAL_WRITE, method="PATCH")):
        ran = rotate(proxy, *write(tmp_path, pki.new))
    assert ran.code == 3, ran
    assert "whether the change was written is not known" in ran.err
    assert values(server, "partner-mtls-undo")["tls.crt"] == pki.old.chain_pem
    again = rotate(proxy, *write(tmp_path, pki.new))
    assert again.code == 0, again
    assert values(server)["tls.crt"] == pki.new.chain_pem


@pytest.mark.parametrize("fault", ["500", "503", "html", "reset", "403"])
def test_rehearsal_that_fails_writes_nothing(mesh: Mesh, proxy: FaultProxy, fault: str):
    server = mesh(SHOP, PERMISSIVE)
    with proxy.playing(Rule(fault, "dryRun=All", method="PATCH")) as play:
        ran = run_through(proxy, "switch-mode", "ns/shop", "--to", "STRICT", "--yes")
    assert ran.code in (3, 4), ran
    assert mode(server) == "PERMISSIVE"
    assert not [path for method, path, _ in play.requests if method != "GET" and "dryRun" not in path]
