"""Hosts of their own on one machine: a bridge and a network namespace per host, made and removed by the tests.

Names and addresses of these things are global to the machine. Whoever makes the bridge `mtls7` owns it, every name that
begins so, and 10.244.7.0/24: the kernel lets only one have it, so runs side by side never meet. The bridge's alias
names the process that made it, and a run that was killed is cleared away by the next one.
"""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.servers.process import Process, wait_until

CLUSTER_IPS = "10.96.0.0/16"
_PROGRAMS = ("ip", "iptables", "curl", "setpriv")
_ALIAS = "kubectl-mtls tests of"
_SEARCHED = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"))
IP = Path(shutil.which("ip", path=_SEARCHED) or "/usr/sbin/ip")


def why_not() -> str | None:
    """Why no namespaces can be made here; None when they can."""
    if missing := [name for name in _PROGRAMS if not shutil.which(name, path=_SEARCHED)]:
        return f"needs {', '.join(missing)}"
    if os.geteuid() != 0 or not _may_make_namespaces():
        return "needs root with the rights to make network namespaces"
    return None


class Host:
    """One network namespace with an address; it stands for a pod."""

    def __init__(self, name: str, address: str):
        self.name = name
        self.address = address

    def command(self, program: str | Path, *arguments: str | Path) -> list[str]:
        """The command line that runs something on this host."""
        return [str(IP), "netns", "exec", self.name, str(program), *map(str, arguments)]

    def run(self, program: str | Path, *arguments: str | Path, seconds: float = 60) -> subprocess.CompletedProcess[str]:
        """Run a program there to its end, whatever that is."""
        return subprocess.run(
            self.command(program, *arguments),
            env={**os.environ, "PATH": _SEARCHED},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=seconds,
        )

    def start(self, folder: Path, *command: str | Path, environment: Mapping[str, str] | None = None) -> Process:
        """Start a server there, with its log in the folder. From the main thread: servers end with what began them."""
        return Process(IP, self.command(*command)[1:], folder, environment)

    def pids(self) -> list[int]:
        """All processes that live there."""
        return [int(pid) for pid in _ip("netns", "pids", self.name).split()]


class Network:
    """A bridge on this machine and its hosts; `close` removes everything, and all that still runs there."""

    def __init__(self) -> None:
        _clear_away_the_dead()
        self.name, self._subnet = _claim()
        self.gateway = f"{self._subnet}.1"
        self.hosts: dict[str, Host] = {}
        try:
            _batch(
                f"link set dev {self.name} alias '{_ALIAS} {os.getpid()} {_born(os.getpid())}'",
                f"address add {self.gateway}/24 dev {self.name}",
                f"link set dev {self.name} up",
            )
        except BaseException:
            self.close()
            raise

    def add(self, name: str) -> Host:
        """One more host. Its only ways out are the bridge and, for a proxy to take, the cluster IPs."""
        number = len(self.hosts) + 10
        host = Host(f"{self.name}-{name}", f"{self._subnet}.{number}")
        cable = f"{self.name}.{number}"
        self.hosts[name] = host
        _batch(
            f"netns add {host.name}",
            f"link add {cable} type veth peer name eth0 netns {host.name}",
            f"link set {cable} master {self.name} up",
        )
        _batch(
            f"address add {host.address}/24 dev eth0",
            "link set eth0 up",
            "link set lo up",
            f"route add {CLUSTER_IPS} via {self.gateway}",
            namespace=host.name,
        )
        return host

    def close(self) -> None:
        """Take everything off the machine again."""
        _remove(self.name)


def _may_make_namespaces() -> bool:
    """Root in a container often lacks CAP_NET_ADMIN or CAP_SYS_ADMIN (linux/capability.h: 12 and 21)."""
    held = re.search(r"^CapEff:\s*(\w+)", Path("/proc/self/status").read_text(), re.MULTILINE)
    wanted = 1 << 12 | 1 << 21
    return held is not None and int(held[1], 16) & wanted == wanted


def _claim() -> tuple[str, str]:
    """Make a bridge that nobody has; its name and the beginning of its addresses."""
    for number in range(256):
        made = subprocess.run([IP, "link", "add", f"mtls{number}", "type", "bridge"], capture_output=True, text=True)
        if made.returncode == 0:
            return f"mtls{number}", f"10.244.{number}"
        if "File exists" not in made.stderr:
            raise RuntimeError(f"no bridge: {made.stderr.strip()}")
    raise RuntimeError("256 bridges of tests are on this machine")


def _clear_away_the_dead() -> None:
    """Remove what a killed run left. A bridge without an alias is being made right now: leave it."""
    for bridge in json.loads(_ip("-json", "link", "show", "type", "bridge") or "[]"):
        owner = re.fullmatch(rf"{_ALIAS} (\d+) (\d+)", bridge.get("ifalias", ""))
        if owner and _born(int(owner[1])) != owner[2]:
            _remove(bridge["ifname"])


def _remove(name: str) -> None:
    for namespace in _namespaces(name):
        host = Host(namespace, "")
        for pid in host.pids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        wait_until(lambda host=host: not host.pids(), lambda host=host: f"{host.pids()} stay in {host.name}")  # type: ignore[misc]
        _ip("netns", "delete", namespace)
    subprocess.run([IP, "link", "delete", name], capture_output=True)


def _namespaces(name: str) -> Iterator[str]:
    for found in json.loads(_ip("-json", "netns", "list") or "[]"):
        if found["name"].startswith(f"{name}-"):
            yield found["name"]


def _born(pid: int) -> str:
    """When a process started, as the kernel counts it: a process id alone may be somebody else's by now."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return "gone"


def _batch(*lines: str, namespace: str | None = None) -> None:
    where = ("-n", namespace) if namespace else ()
    _ip(*where, "-batch", "-", text="\n".join(lines))


def _ip(*arguments: str, text: str = "") -> str:
    done: Any = subprocess.run([IP, *arguments], input=text, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"ip {' '.join(arguments)} {text}: {done.stderr.strip()}")
    return str(done.stdout)
