"""How a connection to the API server is made: the kubernetes package's authenticated pool, with kubectl's rules.

The package loads the credentials and builds the pool; what it does differently from kubectl is decided before
(`kubeconfig`, `target`, `exec_plugin`, `proxy`, `tls`). Its typed models are never touched: they are slow, and one odd
object makes a whole list fail.
"""

import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import urllib3

from kubectl_mtls.errors import InvalidInput, Unauthorized
from kubectl_mtls.kube.api import Api, RequestLog
from kubectl_mtls.kube.exec_plugin import run_plugin
from kubectl_mtls.kube.flags import ConnectionFlags
from kubectl_mtls.kube.kubeconfig import read_kubeconfig
from kubectl_mtls.kube.proxy import resolve_proxy
from kubectl_mtls.kube.target import Target, resolve_target
from kubectl_mtls.kube.tls import make_tls_context

POOL_SIZE = 16


def connect(
    flags: ConnectionFlags,
    environ: Mapping[str, str],
    user_agent: str,
    log: RequestLog | None = None,
    *,
    sleep: Callable[[float], None] = time.sleep,
    monotonic: Callable[[], float] = time.monotonic,
) -> Api:
    """The API server that flags and environment name; nothing is sent yet.

    `log` hears of every request: method, path, status (0 when there was no answer) and milliseconds, nothing else.
    Raises InvalidInput for a kubeconfig that cannot be used, Unauthorized when its exec plugin fails, Unreachable when
    nothing names a server.
    """
    target = resolve_target(read_kubeconfig(flags.kubeconfig, environ), flags, environ)
    if target.is_tls and target.plugin and not (target.token or target.certificate or target.username):
        answer = run_plugin(target, environ)
        target = replace(target, token=answer.token, certificate=answer.certificate, key=answer.key)
    pool, server, authorization = _authenticated_pool(target, resolve_proxy(target.server, target.proxy_url, environ))
    headers = [("User-Agent", user_agent), *target.impersonation]
    if authorization:
        headers.append(("Authorization", authorization))
    if not flags.disable_compression:
        headers.append(("Accept-Encoding", "gzip"))
    return Api(
        pool=pool,
        server=server,
        namespace=target.namespace,
        context=target.context,
        headers=tuple(headers),
        timeout=flags.request_timeout,
        log=log,
        sleep=sleep,
        monotonic=monotonic,
    )


def _authenticated_pool(target: Target, proxy: str | None) -> tuple[urllib3.PoolManager, str, str | None]:
    """The package's pool with our TLS context, the base URL, and the Authorization header it made."""
    from kubernetes import client, config

    configuration: Any = client.Configuration()
    load: Any = config.load_kube_config_from_dict
    try:
        load(_package_config(target), client_configuration=configuration, persist_config=False)
        configuration.connection_pool_maxsize = POOL_SIZE
        configuration.proxy = proxy
        configuration.no_proxy = None
        pool: urllib3.PoolManager = client.ApiClient(configuration).rest_client.pool_manager
    except config.ConfigException:
        raise InvalidInput("the kubeconfig's auth-provider entry cannot be used") from None
    except ImportError:
        raise InvalidInput(f"the proxy {proxy} needs the Python package PySocks") from None
    if target.is_tls:
        pool.connection_pool_kw["ssl_context"] = make_tls_context(target)
        if target.insecure:
            warnings.simplefilter("ignore", urllib3.exceptions.InsecureRequestWarning)
    authorization = next((setting["value"] for setting in configuration.auth_settings().values()), None)
    if target.auth_provider and not authorization:
        name = target.auth_provider.get("name")
        raise Unauthorized(f"the auth-provider {name} gives no token", "kubectl itself knows only oidc any more")
    return pool, configuration.host, authorization


def _package_config(target: Target) -> dict[str, Any]:
    """The kubeconfig as the package shall see it: one entry of each, without certificates and without a plugin."""
    cluster = {"server": target.server, "tls-server-name": target.tls_server_name}
    user = {
        "token": target.token,
        "username": target.username,
        "password": (target.password or "") if target.username else None,
        "auth-provider": None if target.token else target.auth_provider,
    }
    return {
        "current-context": "target",
        "contexts": [{"name": "target", "context": {"cluster": "target", "user": "target"}}],
        "clusters": [{"name": "target", "cluster": _given(cluster) | {"insecure-skip-tls-verify": target.insecure}}],
        "users": [{"name": "target", "user": _given(user)}],
    }


def _given(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if value is not None}
