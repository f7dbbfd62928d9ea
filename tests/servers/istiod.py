"""A real istiod on loopback and a bridge, beside an API server: what it takes from Kubernetes, it takes from there."""

import tempfile
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from tests.servers.api import ApiServer
from tests.servers.build import build
from tests.servers.manifests import Manifest
from tests.servers.process import LOOPBACK, Process, free_ports

NAMESPACE = "istio-system"
_VALIDATOR = f"istio-validator-{NAMESPACE}"
_VALIDATORS = f"/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/{_VALIDATOR}"
_ROOT = f"/api/v1/namespaces/{NAMESPACE}/configmaps/istio-ca-root-cert"


class Istiod:
    """A running istiod, ready when the constructor returns: its root is published and its webhook judges.

    The API server must hold the namespace istio-system and the ConfigMap `istio` by then. `address` is where sidecars
    reach it; stop it before its API server, or after it, but write nothing in between: its webhook has gone with it.
    """

    def __init__(self, api: ApiServer, folder: Path, address: str = LOOPBACK):
        folder.mkdir(parents=True, exist_ok=True)
        http, https, grpc, secure, monitoring = free_ports(5)
        self._api = api
        self._ready = f"http://{LOOPBACK}:{http}/ready"
        self.discovery = f"{address}:{secure}"
        authority = Path(tempfile.mkdtemp(prefix="plugged-in-", dir=folder))
        api.apply([_validator(https)])
        environment = {
            "POD_NAMESPACE": NAMESPACE,
            "POD_NAME": "istiod-0",
            "REVISION": "default",
            "CLUSTER_ID": "Kubernetes",
            "ENABLE_CA_SERVER": "true",
            "PILOT_CERT_PROVIDER": "istiod",
            "VALIDATION_WEBHOOK_CONFIG_NAME": _VALIDATOR,
            "ISTIOD_CUSTOM_HOST": ",".join(dict.fromkeys([LOOPBACK, address])),
            "ROOT_CA_DIR": str(authority),
            # Stock Envoy has neither of these two filters of Istio's own build.
            "PILOT_ENABLE_METADATA_EXCHANGE": "false",
            "PILOT_ENABLE_ALPN_FILTER": "false",
        }
        self.process = Process(
            build("istio") / "pilot-discovery",
            [
                *("discovery", "--kubeconfig", str(api.kubeconfig()), "--registries", "Kubernetes"),
                *("--httpAddr", f"{LOOPBACK}:{http}", "--httpsAddr", f"{LOOPBACK}:{https}"),
                *("--grpcAddr", f"{LOOPBACK}:{grpc}", "--secureGRPCAddr", self.discovery),
                *("--monitoringAddr", f"{LOOPBACK}:{monitoring}", "--caCertFile", ""),
                *("--ctrlz_port", "0", "--domain", "cluster.local"),
            ],
            folder,
            environment,
        )
        try:
            self.process.wait_until(self._is_ready)
            self.process.wait_until(self._judges)
        except BaseException:
            self.stop()
            raise

    def root_certificate(self) -> str:
        """The root of the mesh as istiod publishes it to every namespace, PEM."""
        return str(self._api.request("GET", _ROOT).must()["data"]["root-cert.pem"])

    def stop(self) -> None:
        """End it."""
        self.process.stop()

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(self._ready, timeout=10) as answer:
                return bool(answer.status == 200) and self._api.request("GET", _ROOT).ok
        except (urllib.error.URLError, OSError):
            return False

    def _judges(self) -> bool:
        """Whether the webhook refuses by now; until then everything passes."""
        webhooks: list[Any] = self._api.request("GET", _VALIDATORS).must()["webhooks"]
        return all(webhook["failurePolicy"] == "Fail" for webhook in webhooks)


def _validator(port: int) -> Manifest:
    """The webhook that Istio's chart installs, by URL; istiod adds its CA and turns Ignore to Fail."""
    groups = ["security.istio.io", "networking.istio.io", "telemetry.istio.io", "extensions.istio.io"]
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": _VALIDATOR, "labels": {"app": "istiod", "istio.io/rev": "default"}},
        "webhooks": [
            {
                "name": "rev.validation.istio.io",
                "clientConfig": {"url": f"https://{LOOPBACK}:{port}/validate"},
                "rules": [
                    {
                        "operations": ["CREATE", "UPDATE"],
                        "apiGroups": groups,
                        "apiVersions": ["*"],
                        "resources": ["*"],
                    }
                ],
                "failurePolicy": "Ignore",
                "sideEffects": "None",
                "admissionReviewVersions": ["v1"],
            }
        ],
    }
