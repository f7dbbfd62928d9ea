"""How a run ends when somebody has had enough: ^C, a closed pipe; and what -v 6 says of it, as real processes."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.servers.api import ApiServer
from tests.servers.fault_proxy import FaultProxy
from tests.servers.fault_script import Rule
from tests.servers.manifests import load_manifests
from tests.servers.process import wait_until
from tests.soak.run import MESH

PROGRAM = Path(sys.executable).with_name("kubectl-mtls")


@pytest.fixture(scope="module")
def proxy(cluster: ApiServer) -> Iterator[FaultProxy]:
    cluster.apply(load_manifests(MESH))
    proxy = FaultProxy(cluster)
    yield proxy
    proxy.stop()
    cluster.reset()


@pytest.fixture
def environ(proxy: FaultProxy) -> dict[str, str]:
    return {**os.environ, "KUBECONFIG": str(proxy.kubeconfig("reader", "shop"))}


STUCK = {
    "in discovery": Rule("stall", "^/apis$"),
    "in a list": Rule("stall", "/pods"),
    "in a body": Rule("stall-body", "/pods"),
    "in a trickle": Rule("drip", "/pods"),
    "between attempts": Rule("429-wait", "/pods"),
}


@pytest.mark.parametrize("where", STUCK)
def test_an_interrupt_ends_it_at_once(where: str, proxy: FaultProxy, environ: dict[str, str]) -> None:
    with proxy.playing(STUCK[where]) as play:
        process = subprocess.Popen(
            [PROGRAM, "status"], env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        wait_until(lambda: any(fault for _, _, fault in play.requests), lambda: "no request met the fault", 20)
        started_at = time.monotonic()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=10)
        assert time.monotonic() - started_at < 1
    assert process.returncode == 130
    assert (out, err.strip()) == (b"", b"")


@pytest.mark.parametrize(("words", "unbuffered"), [("status", ""), ("status -o json", "1"), ("--help", "1")])
def test_a_closed_pipe_ends_quietly(words: str, unbuffered: str, environ: dict[str, str]) -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write) as closed:
        done = subprocess.run(
            [PROGRAM, *words.split()],
            env={**environ, "PYTHONUNBUFFERED": unbuffered},
            stdin=subprocess.DEVNULL,
            stdout=closed,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
        )
    assert (done.returncode, done.stderr) == (0, b"")


def test_head_gets_its_line(environ: dict[str, str]) -> None:
    line = f"{PROGRAM} status | head -1"
    done = subprocess.run(["sh", "-c", line], env=environ, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.startswith("MESH")
    assert done.stderr == ""


@pytest.mark.parametrize("script", [(), (Rule("503", "/pods", 1, 1),), (Rule("401"),), (Rule("hostile", "/pods"),)])
def test_v6_shows_requests_with_times_and_never_a_credential(
    script: tuple[Rule, ...], proxy: FaultProxy, environ: dict[str, str]
) -> None:
    token = yaml.safe_load(Path(environ["KUBECONFIG"]).read_text())["users"][0]["user"]["token"]
    with proxy.playing(*script):
        words = [PROGRAM, "status", "-v", "6", "--token", token, "--request-timeout=2s"]
        done = subprocess.run(words, env=environ, capture_output=True, text=True, timeout=60, check=False)
    assert re.search(r"^GET /apis (200|401) \d+ ms$", done.stderr, re.M)
    assert token not in done.stdout + done.stderr
    assert "Bearer" not in done.stderr


def test_warnings_of_the_api_server_are_said_once_and_last(proxy: FaultProxy, environ: dict[str, str]) -> None:
    with proxy.playing(Rule("warn"), page=2):
        done = subprocess.run(
            [PROGRAM, "status", "-v", "6"], env=environ, capture_output=True, text=True, timeout=60, check=False
        )
    assert done.returncode == 0
    assert done.stderr.count("Warning: ") == 2
    assert done.stderr.splitlines()[-2:] == ['Warning: pods v1 are old "hat"', "Warning: evil \\u009b31m"]


FULL = {"all at once": "", "bit by bit": "1"}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
@pytest.mark.parametrize("how", FULL)
@pytest.mark.parametrize("words", ["rules", "--help"])
def test_a_full_disk_is_no_success(words: str, how: str) -> None:
    with open("/dev/full", "w") as full:
        environ = {**os.environ, "PYTHONUNBUFFERED": FULL[how]}
        command = [PROGRAM, words]
        done = subprocess.run(command, env=environ, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "error: the answer cannot be written: No space left on device\n"


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_streams_that_were_closed_are_no_bug(closed: str) -> None:
    line = f"{PROGRAM} status -f {MESH} {closed}"
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_terminal_without_unicode_gets_escapes(tmp_path: Path) -> None:
    (tmp_path / "mesh.yaml").write_text(MESH.read_text().replace("example.org", "例え.example"))
    environ = {**os.environ, "PYTHONIOENCODING": "ascii"}
    words = [PROGRAM, "status", "-f", tmp_path / "mesh.yaml"]
    done = subprocess.run(words, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert "\\u4f8b\\u3048.example" in done.stdout
