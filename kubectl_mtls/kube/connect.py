"""How a connection to the API server is made: the kubernetes package's authenticated pool, with kubectl's rules.

The package loads the credentials and builds the pool; what it does differently from kubectl is decided before
(`kubeconfig`, `target`, `exec_plugin`, `proxy`, `tls`). Its typed models are never touched: they are slow, and one odd
object makes a whole list fail.
"""

import random
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
from kubectl_mtls.kube.proxy import proxy_headers, resolve_proxy
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
    chance: Callable[[], float] = random.random,
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
        timeout=flags.request_timeout or None,
        log=log,
        sleep=sleep,
        monotonic=monotonic,
        chance=chance,
    )


def _authenticated_pool(target: Target, proxy: str | None) -> tuple[urllib3.PoolManager, str, str | None]:
    """The package's pool with our TLS context, the base URL, and the Authorization header it made."""
    from kubernetes import client, config

    configuration: Any = client.Configuration()
    _load_credentials(config.load_kube_config_from_dict, target, configuration)
    configuration.connection_pool_maxsize = POOL_SIZE
    configuration.proxy = proxy
    configuration.no_proxy = None
    configuration.proxy_headers = proxy_headers(proxy)
    try:
        pool: urllib3.PoolManager = client.ApiClient(configuration).rest_client.pool_manager
    except ImportError:
        raise InvalidInput("a socks proxy needs the Python package PySocks") from None
    if target.is_tls:
        pool.connection_pool_kw["ssl_context"] = make_tls_context(target)
        if target.insecure:
            warnings.simplefilter("ignore", urllib3.exceptions.InsecureRequestWarning)
    return pool, configuration.host, next((value["value"] for value in configuration.auth_settings().values()), None)


def _load_credentials(load: Any, target: Target, configuration: Any) -> None:
    """Let the package load the target. For an auth-provider it may ask the identity provider, and fail in many ways."""
    provider = target.auth_provider.get("name") if target.auth_provider and not target.token else None
    if provider not in (None, "oidc"):
        raise InvalidInput(f"the auth-provider {provider} is not supported, only oidc is (as in kubectl)")
    try:
        load(_package_config(target), client_configuration=configuration, persist_config=False)
    except Exception:
        if not provider:
            raise
        raise Unauthorized(f"the auth-provider {provider} gives no token", "log in again") from None
    if provider and not configuration.api_key:
        raise Unauthorized(f"the auth-provider {provider} gives no token", "log in again")


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
