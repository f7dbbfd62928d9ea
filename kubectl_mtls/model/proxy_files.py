"""Which certificate files does a proxy present in place of its certificate of the mesh?

Source: Istio's pkg/config/mesh/mesh.go (ApplyProxyConfig: annotation `proxy.istio.io/config` over MeshConfig's
defaultConfig, the proxyMetadata of both merged), pkg/bootstrap/config.go (GetNodeMetaData: ISTIO_META_*). The proxy's
environment, into which the injector writes the same, is not read: other containers hold secrets in theirs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kubectl_mtls.errors import InvalidInput
from kubectl_mtls.model import fields
from kubectl_mtls.model.selector import Labels
from kubectl_mtls.model.yaml_text import parse_yaml

CERTIFICATE = "ISTIO_META_TLS_CLIENT_CERT_CHAIN"
_PRIVATE_KEY, _CA = "ISTIO_META_TLS_CLIENT_KEY", "ISTIO_META_TLS_CLIENT_ROOT_CERT"
_ANNOTATION = "proxy.istio.io/config"


@dataclass(frozen=True, slots=True)
class ProxyFiles:
    """Paths in the proxy's container, each empty where nobody says it. Without a certificate the others do nothing;
    without a key istiod can build no TLS.
    """

    certificate: str = ""
    private_key: str = ""
    ca: str = ""

    def over(self, default: "ProxyFiles") -> "ProxyFiles":
        """These, and what a default says beside them."""
        return ProxyFiles(
            self.certificate or default.certificate, self.private_key or default.private_key, self.ca or default.ca
        )


NO_FILES = ProxyFiles()


def parse_proxy_files(proxy_config: Mapping[str, Any]) -> ProxyFiles:
    """Those that a ProxyConfig names, as MeshConfig and pods hold one. Raises Malformed."""
    metadata = fields.mapping(proxy_config, "proxyMetadata")
    return ProxyFiles(*(str(metadata.get(name) or "") for name in (CERTIFICATE, _PRIVATE_KEY, _CA)))


def annotated_files(annotations: Labels) -> ProxyFiles:
    """Those that a pod's own annotation names; what is no ProxyConfig there is left out, as the injector refuses it."""
    written = annotations.get(_ANNOTATION, "")
    if CERTIFICATE not in written and _PRIVATE_KEY not in written and _CA not in written:
        return NO_FILES
    try:
        return next((parse_proxy_files(one.value) for one in parse_yaml(written, _ANNOTATION)), NO_FILES)
    except (InvalidInput, fields.Malformed):
        return NO_FILES
