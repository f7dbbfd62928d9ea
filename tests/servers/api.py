"""A real kube-apiserver on loopback: users with the documented roles, CRDs, example meshes, and a way back to empty."""

import base64
import secrets
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import yaml

from tests.servers import access
from tests.servers.apply import apply_manifests
from tests.servers.build import build
from tests.servers.certificates import encode_key, issue_ca, issue_client, issue_serving, make_key
from tests.servers.client import Answer, Client
from tests.servers.crds import CrdSource
from tests.servers.etcd import Etcd
from tests.servers.manifests import Manifest
from tests.servers.process import LOOPBACK, Process, free_ports
from tests.servers.reset import Baseline
from tests.servers.resources import Resources

_CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


class ApiServer:
    """A running kube-apiserver, ready when the constructor returns; `stop` ends it.

    Several may share one etcd: each keeps its objects under its own prefix, named after its folder.
    """

    def __init__(self, etcd: Etcd, folder: Path, crds: Sequence[CrdSource] = (), arguments: Sequence[str] = ()):
        folder.mkdir(parents=True, mode=0o700, exist_ok=True)
        self.folder = folder
        self._ca = issue_ca("kubectl-mtls test cluster")
        self.ca_file, _ = self._ca.write(folder, "ca")
        self._tokens = {user: secrets.token_urlsafe(16) for user in access.GROUPS_BY_USER}
        self._clients: dict[str, Client] = {}
        (self.port,) = free_ports(1)
        self.url = f"https://{LOOPBACK}:{self.port}"
        self.process = Process(build("kubernetes") / "kube-apiserver", [*self._flags(etcd), *arguments], folder)
        try:
            self.process.wait_until(self._is_ready)
            self._resources = Resources(self.client())
            self.apply(access.cluster_access())
            self.install_crds(*crds)
        except BaseException:
            self.stop()
            raise

    def request(self, method: str, path: str, body: Any = None, *, user: str = access.ADMIN, **headers: str) -> Answer:
        """A raw request as a user: `request("GET", "/api/v1/pods", user="nobody").status == 403`."""
        return self.client(user).request(method, path, body, **headers)

    def client(self, user: str = access.ADMIN) -> Client:
        """The raw client of a user."""
        if user not in self._clients:
            self._clients[user] = Client(self.port, self.ca_file, self._tokens[user])
        return self._clients[user]

    def kubeconfig(self, user: str = access.ADMIN, namespace: str | None = None, *, certificate: bool = False) -> Path:
        """A kubeconfig file of a user, mode 0600, by token or by client certificate."""
        if certificate:
            pair = issue_client(self._ca, user, access.GROUPS_BY_USER[user])
            credentials = {
                "client-certificate-data": _base64(pair.certificate_pem),
                "client-key-data": _base64(pair.key_pem),
            }
        else:
            credentials = {"token": self._tokens[user]}
        context = {"cluster": "test", "user": user} | ({"namespace": namespace} if namespace else {})
        content = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [
                {
                    "name": "test",
                    "cluster": {"server": self.url, "certificate-authority-data": _base64(self._ca.certificate_pem)},
                }
            ],
            "users": [{"name": user, "user": credentials}],
            "contexts": [{"name": "test", "context": context}],
            "current-context": "test",
        }
        name = "-".join(filter(None, (user, namespace, "certificate" if certificate else None)))
        path = self.folder / f"{name}.kubeconfig"
        path.touch(mode=0o600)
        path.write_text(yaml.safe_dump(content))
        return path

    def install_crds(self, *sources: CrdSource) -> None:
        """Create CRDs and wait until their objects can be written; they belong to the server and outlive `reset`."""
        crds = [crd for source in sources for crd in source.read()]
        for crd in crds:
            self.request("POST", _CRDS, crd).must()
        self._resources.wait_for_crds(crds)
        self._baseline = Baseline(self.client(), self._resources)

    def apply(self, manifests: Iterable[Manifest]) -> None:
        """Put objects onto the server, with their status: see tests.servers.apply."""
        apply_manifests(self.client(), self._resources, manifests)

    def extra(self) -> list[str]:
        """The paths of all objects that `reset` would delete."""
        return self._baseline.extra()

    def reset(self) -> None:
        """Back to what the server held when it was ready: its own objects, the roles and the CRDs."""
        self._baseline.restore()

    def stop(self) -> None:
        """End the server, before its etcd."""
        for client in self._clients.values():
            client.close()
        self.process.stop()

    def _flags(self, etcd: Etcd) -> list[str]:
        serving, serving_key = issue_serving(self._ca).write(self.folder, "serving")
        signing_key, tokens = self.folder / "sa.key", self.folder / "tokens.csv"
        for path in (signing_key, tokens):
            path.touch(mode=0o600)
        signing_key.write_bytes(encode_key(make_key()))
        tokens.write_text(
            "".join(
                f'{self._tokens[user]},{user},{user},"{",".join(groups)}"\n'
                for user, groups in access.GROUPS_BY_USER.items()
            )
        )
        return [
            *("--etcd-servers", etcd.url, "--etcd-prefix", f"/{self.folder.name}"),
            *("--secure-port", str(self.port), "--bind-address", LOOPBACK, "--advertise-address", LOOPBACK),
            *("--tls-cert-file", str(serving), "--tls-private-key-file", str(serving_key)),
            *("--cert-dir", str(self.folder), "--client-ca-file", str(self.ca_file)),
            *("--service-account-key-file", str(signing_key), "--service-account-signing-key-file", str(signing_key)),
            *("--service-account-issuer", "https://kubernetes.default.svc"),
            *("--authorization-mode", "RBAC", "--token-auth-file", str(tokens)),
            *("--service-cluster-ip-range", "10.96.0.0/16", "--endpoint-reconciler-type", "none"),
            *("--disable-admission-plugins", "ServiceAccount", "--profiling=false"),
        ]

    def _is_ready(self) -> bool:
        try:
            return self.request("GET", "/readyz").ok
        except OSError:
            return False


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()
