"""Which certificates a Gateway names (istio.io/api networking/v1alpha3/gateway.proto)."""

from dataclasses import dataclass

from kubectl_mtls.model import fields
from kubectl_mtls.model.metadata import Metadata, parse_metadata
from kubectl_mtls.model.reading import Document
from kubectl_mtls.model.selector import Labels

_FILES = ("serverCertificate", "privateKey", "caCertificates")


@dataclass(frozen=True, slots=True)
class GatewayCredential:
    """One place of a Gateway that names a credential; `mode` is the server's TLS mode, PASSTHROUGH when unsaid."""

    field: str
    name: str
    mode: str
    hosts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GatewayServer:
    """One server: what a gateway's pods listen for. `tls_mode` None means no `tls` block; one without mode is
    PASSTHROUGH. `builtin`: it shows the gateway's own certificate of the mesh. `files` are the fields that name files
    inside the proxy; `redirects`: it sends callers to HTTPS.
    """

    field: str
    port: int
    protocol: str
    tls_mode: str | None
    hosts: tuple[str, ...]
    builtin: bool = False
    files: tuple[str, ...] = ()
    redirects: bool = False

    @property
    def server_names(self) -> frozenset[str]:
        """The names in TLS's SNI that it is for: hosts without the namespaces before them (GetSNIHostsForServer)."""
        return frozenset(host.rpartition("/")[2] for host in self.hosts)


@dataclass(frozen=True, slots=True)
class Gateway:
    """One Gateway; `match_labels` select gateway pods in any namespace, and Secrets are looked up beside those pods.

    `services` (namespace, name) is None but for those that istiod makes of the Gateway API's: they hold for the pods
    behind these Services, not by label. `managed`: Istio runs those pods.
    """

    metadata: Metadata
    match_labels: Labels
    credentials: tuple[GatewayCredential, ...]
    servers: tuple[GatewayServer, ...] = ()
    services: frozenset[tuple[str, str]] | None = None
    managed: bool = False


def parse_gateway(document: Document) -> Gateway:
    """Raises Malformed."""
    manifest = document.manifest
    credentials: list[GatewayCredential] = []
    servers: list[GatewayServer] = []
    for index, server in enumerate(fields.mappings(manifest, "spec.servers")):
        tls = fields.mapping(server, "tls")
        path = f"spec.servers.{index}.tls"
        named = [
            (f"{path}.credentialName", fields.text(tls, "credentialName")),
            *(
                (f"{path}.credentialNames.{at}", str(one))
                for at, one in enumerate(fields.items(tls, "credentialNames"))
            ),
            (f"{path}.caCertCredentialName", fields.text(tls, "caCertCredentialName")),
        ]
        mode = fields.text(tls, "mode") or "PASSTHROUGH"
        hosts = tuple(str(host) for host in fields.items(server, "hosts"))
        with fields.below(f"spec.servers.{index}"):
            port, protocol = fields.number(server, "port.number") or 0, fields.text(server, "port.protocol")
        unencrypted = server.get("tls") is None
        builtin = fields.text(tls, "credentialName").startswith("builtin://")
        servers.append(
            GatewayServer(
                path,
                port,
                protocol.upper(),
                None if unencrypted else mode,
                hosts,
                builtin,
                tuple(f"{path}.{name}" for name in _FILES if fields.text(tls, name)),
                redirects=fields.flag(tls, "httpsRedirect") is True,
            )
        )
        credentials.extend(GatewayCredential(field, name, mode, hosts) for field, name in named if name)
    return Gateway(
        metadata=parse_metadata(document),
        match_labels=fields.strings(manifest, "spec.selector"),
        credentials=tuple(credentials),
        servers=tuple(servers),
    )
