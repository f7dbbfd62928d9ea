"""The mesh of world.py, running: hosts, applications, sidecars, istiod and the API server."""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.mesh import world
from tests.servers.api import ApiServer
from tests.servers.application import Application
from tests.servers.certificates import issue_ca, issue_client, issue_serving
from tests.servers.cluster import running_api_server, running_etcd
from tests.servers.istiod import Istiod
from tests.servers.network import Host, Network
from tests.servers.sidecars import UID, Identity, Programs, Sidecar, stop_all

_PATHS = {
    "PeerAuthentication": "/apis/security.istio.io/v1/namespaces/{namespace}/peerauthentications/{name}",
    "DestinationRule": "/apis/networking.istio.io/v1/namespaces/{namespace}/destinationrules/{name}",
}
# No Service leads here: what comes has asked for the address.
UNEXPOSED = 8012


@dataclass(frozen=True)
class Mesh:
    """What a test may touch: everything by the name of its pod, Services by `namespace/name`."""

    api: ApiServer
    istiod: Istiod
    hosts: dict[str, Host]
    sidecars: dict[str, Sidecar]
    applications: dict[str, Application]
    services: dict[str, world.Service]
    cluster_ips: dict[str, str]

    def rule(self, client: str, service: str) -> Mapping[str, Any] | None:
        """The trafficPolicy that a client in the mesh goes by: its own namespace's rule comes before the Service's."""
        own = world.OWN_RULES.get((client, service))
        return own if own is not None else self.services[service].traffic

    @contextmanager
    def applied(self, text: str) -> Iterator[None]:
        """Put Istio's objects on for a while."""
        manifests = world.parse_manifests(text)
        self.api.apply(manifests)
        try:
            yield
        finally:
            for manifest in manifests:
                self.api.request("DELETE", _PATHS[manifest["kind"]].format(**manifest["metadata"]))


@contextmanager
def running_mesh() -> Iterator[Mesh]:
    """Start everything; all is ended and taken off the machine when the block is left, however that happens.

    From the main thread only: the servers are made to end with the thread that started them.
    """
    with ExitStack() as stack:
        etcd = stack.enter_context(running_etcd())
        folder = Path(tempfile.mkdtemp(prefix="kubectl-mtls-mesh-"))
        stack.callback(shutil.rmtree, folder)
        folder.chmod(0o755)
        network = Network()
        stack.callback(network.close)
        hosts = {name: network.add(name) for name in world.PODS}
        files = world.Files(mesh=folder / "app/certificates", other=_other_certificates(folder / "other"))
        services = tuple(world.services(files))
        api = stack.enter_context(running_api_server(etcd, "mesh"))
        addresses = {name: host.address for name, host in hosts.items()}
        api.apply([*world.control_plane(json.dumps(world.LOG_FORMAT)), *world.workloads(addresses, services)])
        istiod = Istiod(api, folder / "istiod", network.gateway)
        stack.callback(istiod.stop)
        applications = _applications(hosts, services, folder, files.other / "serving.pem")
        for application in applications.values():
            stack.callback(application.stop)
        sidecars: dict[str, Sidecar] = {}
        stack.callback(lambda: stop_all(sidecars.values()))
        programs = Programs.lend(folder / "programs")
        for pod in world.PODS.values():
            if pod.in_mesh:
                identity = Identity(pod.namespace, pod.name, pod.name)
                sidecars[pod.name] = Sidecar(
                    hosts[pod.name], identity, api, istiod, programs, folder / pod.name, pod.excluded_ports
                )
        for started in (*sidecars.values(), *applications.values()):
            started.wait()
        by_key = {world.key(one): one for one in services}
        yield Mesh(api, istiod, hosts, sidecars, applications, by_key, world.cluster_ips(services))


def _applications(
    hosts: dict[str, Host], services: tuple[world.Service, ...], folder: Path, pair: Path
) -> dict[str, Application]:
    """On each server one application, at the ports of all its Services."""

    def ports(pod: str, *, is_tls: bool) -> set[int]:
        return {port.target for one in services if one.pod == pod for port in one.ports if port.is_tls is is_tls}

    return {
        pod: Application(
            hosts[pod],
            folder / f"{pod}-application",
            sorted({*ports(pod, is_tls=False), UNEXPOSED}),
            sorted(ports(pod, is_tls=True)),
            pair,
        )
        for pod in sorted({service.pod for service in services})
    }


def _other_certificates(folder: Path) -> Path:
    """A CA that has nothing to do with the mesh's, a client's and a server's certificate; the proxy may read them."""
    folder.mkdir()
    ca = issue_ca("another CA")
    serving = issue_serving(ca)
    ca.write(folder, "ca")
    issue_client(ca, "client", ()).write(folder, "client")
    (folder / "serving.pem").write_bytes(serving.certificate_pem + serving.key_pem)
    for path in (folder, *folder.iterdir()):
        os.chown(path, UID, UID)
    return folder
