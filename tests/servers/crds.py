"""Where CRDs come from: files of the Go modules of Istio, the Gateway API and cert-manager, pinned by go.mod files."""

from dataclasses import dataclass

from tests.servers.build import GROUPS
from tests.servers.manifests import Manifest, load_manifests
from tests.servers.toolchain import find_module


@dataclass(frozen=True, slots=True)
class CrdSource:
    """A module, the group whose go.mod pins it, and a file or folder of CRDs inside it."""

    group: str
    module: str
    path: str

    def read(self) -> list[Manifest]:
        """The CRDs; files that hold other kinds (an admission policy of the Gateway API) give nothing."""
        found = load_manifests(find_module(GROUPS / self.group, self.module) / self.path)
        return [manifest for manifest in found if manifest["kind"] == "CustomResourceDefinition"]


ISTIO = CrdSource("istio", "istio.io/api", "kubernetes/customresourcedefinitions.gen.yaml")
GATEWAY_API = CrdSource("istio", "sigs.k8s.io/gateway-api", "config/crd/standard")
CERT_MANAGER = CrdSource("cert-manager", "github.com/cert-manager/cert-manager", "deploy/crds")
