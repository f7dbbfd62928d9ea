"""What is global to a machine has one owner, and goes with it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers.network import CLUSTER_IPS, IP, Network, why_not

ROOT = Path(__file__).parents[2]
# A process that makes a network, starts something there that does not end with it, and waits to be killed.
LEFT_BEHIND = """
import subprocess, sys
from tests.servers.network import Network
network = Network()
host = network.add("orphan")
subprocess.Popen(host.command("sleep", "600"), stdout=subprocess.DEVNULL)
print(network.name, flush=True)
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def needs_namespaces() -> None:
    if reason := why_not():
        pytest.skip(reason)


def exists(bridge: str) -> bool:
    names = subprocess.run([IP, "netns", "list"], capture_output=True, text=True).stdout.split()
    is_up = subprocess.run([IP, "link", "show", bridge], capture_output=True).returncode == 0
    return is_up or any(name.startswith(f"{bridge}-") for name in names)


def test_two_networks_side_by_side_share_neither_names_nor_addresses() -> None:
    one, other = Network(), Network()
    try:
        assert one.name != other.name
        assert one.add("web").address != other.add("web").address
    finally:
        one.close()
        other.close()
    assert not exists(one.name)
    assert not exists(other.name)


def test_a_host_has_no_way_to_anywhere_but_its_network_and_the_cluster_ips() -> None:
    network = Network()
    try:
        host = network.add("web")
        ways = {line.split()[0] for line in host.run(IP, "-4", "route").stdout.splitlines()}
        assert ways == {f"{network.gateway.removesuffix('.1')}.0/24", CLUSTER_IPS}
    finally:
        network.close()


def test_what_a_killed_run_left_is_cleared_away_by_the_next_one() -> None:
    killed = subprocess.Popen(
        [sys.executable, "-c", LEFT_BEHIND],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with killed:
        assert killed.stdout
        bridge = killed.stdout.readline().strip()
        os.kill(killed.pid, signal.SIGKILL)
    assert exists(bridge)
    network = Network()
    network.close()
    assert not exists(bridge)
