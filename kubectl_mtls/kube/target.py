"""Which API server is asked, and as whom: the flags laid over the kubeconfig, as kubectl does it.

Follows client-go `tools/clientcmd/client_config.go` and `validation.go`: flags win over the context's cluster and
user, a token file over an inline token, data and file of the same thing exclude each other, over plain http no
credentials are sent, and without any server the pod's own service account is used.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from kubectl_mtls.errors import InvalidInput, Unreachable
from kubectl_mtls.kube.flags import ConnectionFlags
from kubectl_mtls.kube.impersonation import impersonation_headers
from kubectl_mtls.kube.kubeconfig import Entry, Kubeconfig, text_of
from kubectl_mtls.kube.material import pem_of, token_of
from kubectl_mtls.kube.overlay import lay_over_cluster, lay_over_user

ACCOUNT_FOLDER = Path("/var/run/secrets/kubernetes.io/serviceaccount")


@dataclass(frozen=True, slots=True)
class Target:
    """One API server and one identity. Certificates and keys are PEM; None is "not given".

    `plugin` is the `exec` entry and `auth_provider` the entry of that name; `cluster` is the cluster entry that a
    plugin may ask for. `impersonation` are request headers, in order, with repeated names.
    """

    server: str
    namespace: str = "default"
    context: str | None = None
    tls_server_name: str | None = None
    insecure: bool = False
    proxy_url: str | None = field(default=None, repr=False)  # may hold a password
    ca: bytes | None = field(default=None, repr=False)
    certificate: bytes | None = field(default=None, repr=False)
    key: bytes | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    plugin: Entry | None = field(default=None, repr=False)
    auth_provider: Entry | None = field(default=None, repr=False)
    cluster: Entry = field(default_factory=dict, repr=False)
    impersonation: tuple[tuple[str, str], ...] = ()

    @property
    def is_tls(self) -> bool:
        """Whether the server is asked over TLS; else no credentials are sent."""
        return self.server.startswith("https://")


def resolve_target(
    kubeconfig: Kubeconfig, flags: ConnectionFlags, environ: Mapping[str, str], account: Path = ACCOUNT_FOLDER
) -> Target:
    """The server and identity to use.

    Raises InvalidInput for names that do not exist, entries that contradict each other and files that cannot be read;
    Unreachable when nothing names a server.
    """
    name = flags.context or kubeconfig.current_context
    if name and name not in kubeconfig.contexts:
        raise InvalidInput(f"the context {name} does not exist", "kubectl config get-contexts lists those that do")
    context = kubeconfig.contexts.get(name, {})
    where = f"context {name}"
    cluster_name = flags.cluster or text_of(context, "cluster", where)
    user_name = flags.user or text_of(context, "user", where)
    cluster = lay_over_cluster(_entry(kubeconfig.clusters, "cluster", cluster_name), flags)
    user = lay_over_user(_entry(kubeconfig.users, "user", user_name, lenient=_identifies(flags)), flags)
    place = f"cluster {cluster_name}" if cluster_name else "the kubeconfig"
    server = text_of(cluster, "server", place) or environ.get("KUBERNETES_MASTER", "")
    namespace = flags.namespace or text_of(context, "namespace", where)
    if not server:
        if cluster_name:
            raise InvalidInput(f"the cluster {cluster_name} has no server")
        cluster, user, server = _service_account(cluster, user, environ, account)
        namespace = namespace or environ.get("POD_NAMESPACE", "") or _own_namespace(account)
    return _target(server, namespace or "default", name or None, cluster, user, user_name)


def _entry(entries: Mapping[str, Entry], what: str, name: str, lenient: bool = False) -> Entry:
    if name and name not in entries and not lenient:
        raise InvalidInput(f"the {what} {name} does not exist in the kubeconfig")
    return entries.get(name, {})


def _identifies(flags: ConnectionFlags) -> bool:
    return not flags.user and bool(flags.token or flags.client_certificate or flags.username)


def _service_account(
    cluster: dict[str, Any], user: dict[str, Any], environ: Mapping[str, str], account: Path
) -> tuple[dict[str, Any], dict[str, Any], str]:
    """The pod's own account (client-go `rest.InClusterConfig`). Raises Unreachable outside a pod."""
    host, port = environ.get("KUBERNETES_SERVICE_HOST"), environ.get("KUBERNETES_SERVICE_PORT")
    if not host or not port or not (account / "token").is_file():
        raise Unreachable(
            "no API server is configured: there is no kubeconfig with a current context",
            "set KUBECONFIG, or give --kubeconfig, --context or --server",
        )
    cluster = {"certificate-authority": str(account / "ca.crt")} | {k: v for k, v in cluster.items() if v}
    if not user.get("token"):
        user = {**user, "tokenFile": str(account / "token")}
    return cluster, user, f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}"


def _own_namespace(account: Path) -> str:
    try:
        return (account / "namespace").read_text().strip()
    except OSError:
        return ""


def _target(server: str, namespace: str, context: str | None, cluster: Entry, user: Entry, user_name: str) -> Target:
    who = f"user {user_name}" if user_name else "the user"
    server = _url(server)
    ca = pem_of(cluster, "certificate-authority", "the cluster")
    insecure = cluster.get("insecure-skip-tls-verify") is True
    if insecure and ca:
        raise InvalidInput("a certificate authority and insecure-skip-tls-verify exclude each other")
    plain = Target(
        server=server,
        namespace=namespace,
        context=context,
        proxy_url=text_of(cluster, "proxy-url", "the cluster") or None,
        impersonation=impersonation_headers(user, who),
    )
    if not plain.is_tls:
        return plain
    certificate, key = pem_of(user, "client-certificate", who), pem_of(user, "client-key", who)
    if certificate and not key:
        raise InvalidInput(f"{who} has a client certificate but no client key")
    username, password = text_of(user, "username", who), text_of(user, "password", who)
    token = token_of(user, who)
    if token and (username or password):
        raise InvalidInput(f"{who} has a token and a user name: only one is allowed")
    plugin, provider = _mapping(user, "exec", who), _mapping(user, "auth-provider", who)
    if plugin and provider:
        raise InvalidInput(f"{who} has an exec plugin and an auth-provider: only one is allowed")
    if not (token or certificate or username or plugin or provider):
        raise InvalidInput(f"{who} has no credentials in the kubeconfig")
    return replace(
        plain,
        tls_server_name=_host_name(text_of(cluster, "tls-server-name", "the cluster")),
        insecure=insecure,
        ca=ca,
        certificate=certificate,
        key=key if certificate else None,
        token=token or None,
        username=username or None,
        password=password or None,
        plugin=plugin,
        auth_provider=provider,
        cluster={**cluster, "server": server},
    )


def _url(server: str) -> str:
    """The server as kubectl understands it: without a scheme it is http. Raises InvalidInput for what is no URL."""
    server = server.rstrip("/") if "://" in server else f"http://{server.rstrip('/')}"
    try:
        parts = urlsplit(server)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or any(character.isspace() for character in server):
        raise InvalidInput(f"the server {server} is not an http or https URL")
    return server


def _host_name(name: str) -> str | None:
    try:
        name.encode("idna")
    except UnicodeError:
        raise InvalidInput(f"the tls-server-name {name} is not a name that a host can have") from None
    return name or None


def _mapping(user: Entry, key: str, who: str) -> Entry | None:
    value = user.get(key) or None
    if value is not None and not isinstance(value, dict):
        raise InvalidInput(f"{key} in {who} must be a mapping")
    return value
