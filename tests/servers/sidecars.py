"""Real sidecars: Istio's pilot-agent with a stock Envoy, all traffic of their host redirected to it, no container.

Stock Envoy lacks Istio's own filters; istiod leaves them out (tests.servers.istiod). The one thing that differs from a
pod: on a port of undeclared protocol the server's sidecar takes mesh HTTP for TCP.
"""

import importlib.resources
import json
import os
import shutil
import stat
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.servers.api import ApiServer
from tests.servers.build import GROUPS, build
from tests.servers.istiod import Istiod
from tests.servers.network import Host
from tests.servers.process import wait_until
from tests.servers.toolchain import find_module

UID = 1337
_ISTIO_IPTABLES = ("-p", "15001", "-z", "15006", "-u", str(UID), "-m", "REDIRECT", "-i", "*", "-x", "", "-b", "*")
_OWN_PORTS = (15090, 15020, 15021)
_TEMPLATE = "tools/packaging/common/envoy_bootstrap.json"


@dataclass(frozen=True, slots=True)
class Programs:
    """What a sidecar runs, where its user may read it: neither in the home folder's cache nor in the checkout."""

    agent: Path
    envoy: Path
    template: Path

    @classmethod
    def lend(cls, folder: Path) -> "Programs":
        """Put them into a new folder that everybody may read."""
        found = cls(
            build("pilot-agent") / "pilot-agent",
            Path(str(importlib.resources.files("envoy._bin") / "envoy")),
            find_module(GROUPS / "pilot-agent", "istio.io/istio") / _TEMPLATE,
        )
        folder.mkdir(parents=True)
        folder.chmod(0o755)
        return cls(*(_lend(file, folder) for file in (found.agent, found.envoy, found.template)))


@dataclass(frozen=True, slots=True)
class Identity:
    """Which pod a sidecar belongs to."""

    namespace: str
    pod: str
    service_account: str


class Sidecar:
    """One sidecar on a host, started by the constructor; `wait` for it, so that several can start side by side."""

    def __init__(
        self,
        host: Host,
        identity: Identity,
        api: ApiServer,
        istiod: Istiod,
        programs: Programs,
        folder: Path,
        excluded_ports: Sequence[int] = (),
    ):
        self.host = host
        self.certificates = folder / "certificates"
        self._log = folder / "ip.log"
        self._write_files(folder, programs, istiod, _token(api, identity), istiod.root_certificate())
        excluded = ",".join(map(str, (*_OWN_PORTS, *excluded_ports)))
        redirected = host.run(programs.agent, "istio-iptables", *_ISTIO_IPTABLES, "-d", excluded)
        if redirected.returncode:
            raise RuntimeError(f"istio-iptables: {redirected.stdout}{redirected.stderr}")
        self.process = host.start(
            folder,
            # A change of user forgets that the process is to end with its parent, unless it is said again.
            *("setpriv", "--reuid", str(UID), "--regid", str(UID), "--clear-groups", "--pdeathsig", "KILL"),
            *(programs.agent, "proxy", "sidecar", "--meshConfig", folder / "mesh.json", "--concurrency", "1"),
            *("--domain", f"{identity.namespace}.svc.cluster.local"),
            environment=_environment(host, identity, istiod, folder, self.certificates),
        )

    def wait(self) -> None:
        """Wait until it serves what istiod has sent and the workload's certificate lies in its folder."""
        self.process.wait_until(self._is_ready)

    def admin(self, path: str) -> Any:
        """What its admin interface answers: JSON as objects, else text."""
        text = self.host.run("curl", "-s", "-m", "10", f"http://127.0.0.1:15000/{path}").stdout
        return json.loads(text) if text.startswith("{") else text

    def log_size(self) -> int:
        """Where its log ends now: what comes later begins there."""
        return self._log.stat().st_size

    def access_log(self, since: int = 0) -> list[dict[str, Any]]:
        """The lines of its access log from there on, when the mesh writes them as JSON."""
        with self._log.open("rb") as file:
            file.seek(since)
            text = file.read()
        whole = text[: text.rfind(b"\n") + 1].decode(errors="replace")
        return [json.loads(line) for line in whole.splitlines() if line.startswith("{")]

    def stop(self) -> None:
        """End it: Envoy goes with its agent."""
        self.process.stop()

    def _write_files(self, folder: Path, programs: Programs, istiod: Istiod, token: str, root: str) -> None:
        """The working folder as a pod's volumes make it, all the proxy's own; so is the log, which Envoy opens."""
        secrets = folder / "var/run/secrets"
        for made in (secrets / "tokens", secrets / "istio", self.certificates, folder / "etc/istio/proxy"):
            made.mkdir(parents=True)
        (secrets / "tokens/istio-token").write_text(token)
        (secrets / "istio/root-cert.pem").write_text(root)
        defaults = {
            "binaryPath": str(programs.envoy),
            "configPath": "./etc/istio/proxy",
            "proxyBootstrapTemplatePath": str(programs.template),
            "discoveryAddress": istiod.discovery,
            # The tests read the log and end the proxy more often than people do.
            "fileFlushInterval": "0.1s",
            "terminationDrainDuration": "0.1s",
        }
        (folder / "mesh.json").write_text(json.dumps({"defaultConfig": defaults}))
        self._log.touch()
        for path in (folder, *folder.rglob("*")):
            os.chown(path, UID, UID)

    def _is_ready(self) -> bool:
        ready = self.host.run("curl", "-sf", "-m", "5", "http://127.0.0.1:15021/healthz/ready").returncode == 0
        return ready and (self.certificates / "root-cert.pem").exists()


def stop_all(sidecars: Iterable[Sidecar]) -> None:
    """End them side by side."""
    with ThreadPoolExecutor() as pool:
        list(pool.map(Sidecar.stop, sidecars))


def _lend(file: Path, folder: Path) -> Path:
    """The file under a path that everybody may walk: a second name of it (140 MB in all), or else a copy."""
    lent = folder / file.name
    try:
        if not file.stat().st_mode & stat.S_IROTH:
            raise PermissionError
        os.link(file, lent)
    except OSError:
        shutil.copy(file, lent)
        lent.chmod(0o755)
    return lent


def _token(api: ApiServer, identity: Identity) -> str:
    """What kubelet would project into the pod: a token of its ServiceAccount for istiod's CA."""
    path = f"/api/v1/namespaces/{identity.namespace}/serviceaccounts/{identity.service_account}/token"
    wanted = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"audiences": ["istio-ca"]}}
    wait_until(lambda: api.request("GET", path.removesuffix("/token")).ok, lambda: f"no {path}")
    return str(api.request("POST", path, wanted).must()["status"]["token"])


def _environment(host: Host, identity: Identity, istiod: Istiod, folder: Path, certificates: Path) -> dict[str, str]:
    return {
        "HOME": str(folder),
        "POD_NAME": identity.pod,
        "POD_NAMESPACE": identity.namespace,
        "INSTANCE_IP": host.address,
        "SERVICE_ACCOUNT": identity.service_account,
        "CA_ADDR": istiod.discovery,
        "JWT_POLICY": "third-party-jwt",
        "TRUST_DOMAIN": "cluster.local",
        "PILOT_CERT_PROVIDER": "istiod",
        "OUTPUT_CERTS": str(certificates),
        "ISTIO_META_CLUSTER_ID": "Kubernetes",
        "ISTIO_META_NAMESPACE": identity.namespace,
        "ISTIO_META_WORKLOAD_NAME": identity.service_account,
        "ISTIO_META_INTERCEPTION_MODE": "REDIRECT",
    }
