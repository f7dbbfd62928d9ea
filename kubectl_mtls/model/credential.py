"""What a credentialName means (pilot/pkg/model/credentials/resource.go)."""

from dataclasses import dataclass
from enum import StrEnum

CA_SUFFIX = "-cacert"


class CredentialType(StrEnum):
    """Where the material comes from."""

    SECRET = "kubernetes"
    GATEWAY_SECRET = "kubernetes-gateway"
    CONFIG_MAP = "configmap"
    BUILTIN = "builtin"
    INVALID = "invalid"
    SDS = "sds"


@dataclass(frozen=True, slots=True)
class Credential:
    """A parsed credentialName. `namespace` None means that of the proxy that asks."""

    type: CredentialType
    namespace: str | None
    name: str

    def names_secret(self, namespace: str, name: str, proxy_namespace: str) -> bool:
        """Whether a proxy of `proxy_namespace` gets this Secret by it: the Secret itself, or as its CA companion."""
        if self.type not in (CredentialType.SECRET, CredentialType.GATEWAY_SECRET):
            return False
        return (self.namespace or proxy_namespace) == namespace and name in (self.name, self.name + CA_SUFFIX)


def parse_credential(written: str) -> Credential:
    """Read a credentialName; INVALID for a scheme that istiod does not know."""
    scheme, separator, rest = written.partition("://")
    if not separator:
        return Credential(CredentialType.SECRET, None, written)
    try:
        kind = CredentialType(scheme)
    except ValueError:
        return Credential(CredentialType.INVALID, None, written)
    namespace, slash, name = rest.partition("/")
    return Credential(kind, namespace, name) if slash else Credential(kind, None, rest)
