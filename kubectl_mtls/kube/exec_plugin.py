"""Which credentials an exec plugin answers (the client.authentication.k8s.io protocol, as client-go's `exec.go`).

The kubernetes package runs plugins itself, but goes on anonymously when one fails and drops a certificate that comes
with a token: so the plugin is run here, once, and its failure ends the run. Its stderr is the user's: it may show a
log-in address.
"""

import base64
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from kubectl_mtls.errors import InvalidInput, Unauthorized
from kubectl_mtls.kube.target import Target

_GROUP = "client.authentication.k8s.io"
_VERSIONS = (f"{_GROUP}/v1", f"{_GROUP}/v1beta1")
_CLUSTER_KEYS = ("server", "tls-server-name", "insecure-skip-tls-verify", "proxy-url", "disable-compression")


@dataclass(frozen=True, slots=True)
class PluginCredentials:
    """A bearer token, or a client certificate with its key (PEM), or both."""

    token: str | None = field(repr=False)
    certificate: bytes | None = field(repr=False)
    key: bytes | None = field(repr=False)


def run_plugin(target: Target, environ: Mapping[str, str]) -> PluginCredentials:
    """Run the plugin of the target's user once.

    Raises InvalidInput for a malformed entry or a missing program, Unauthorized when the plugin fails or answers no
    credentials.
    """
    plugin = target.plugin or {}
    command, version = plugin.get("command"), plugin.get("apiVersion")
    if not isinstance(command, str) or not command:
        raise InvalidInput("the exec plugin of the kubeconfig user has no command")
    if version not in _VERSIONS:
        raise InvalidInput(
            f"the exec plugin {command} asks for the apiVersion {version}, known: {', '.join(_VERSIONS)}"
        )
    interactive = _is_interactive(plugin.get("interactiveMode"), version, command)
    info: dict[str, Any] = {"apiVersion": version, "kind": "ExecCredential", "spec": {"interactive": interactive}}
    if plugin.get("provideClusterInfo"):
        info["spec"]["cluster"] = _cluster_info(target)
    environment = {**environ, **_environment(plugin, command), "KUBERNETES_EXEC_INFO": orjson.dumps(info).decode()}
    try:
        done = subprocess.run(
            [command, *map(str, plugin.get("args") or ())],
            env=environment,
            stdin=None if interactive else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            check=False,
        )
    except OSError as error:
        hint = plugin.get("installHint")
        raise InvalidInput(
            f"the exec plugin {command} cannot be run: {error.strerror}", hint if isinstance(hint, str) else None
        ) from None
    if done.returncode:
        raise Unauthorized(f"the exec plugin {command} failed with exit code {done.returncode}: no credentials")
    return _parse_credentials(done.stdout, command, version)


def _is_interactive(mode: object, version: str, command: str) -> bool:
    if mode is None and version != f"{_GROUP}/v1":
        mode = "IfAvailable"
    match mode:
        case "Never":
            return False
        case "IfAvailable":
            return os.isatty(0)
        case "Always":
            if not os.isatty(0):
                raise InvalidInput(f"the exec plugin {command} needs a terminal as standard input")
            return True
        case _:
            raise InvalidInput(f"the exec plugin {command} needs interactiveMode Never, IfAvailable or Always")


def _environment(plugin: Mapping[str, Any], command: str) -> dict[str, str]:
    variables = plugin.get("env") or []
    if not isinstance(variables, list) or not all(isinstance(v, dict) and v.get("name") for v in variables):
        raise InvalidInput(f"env of the exec plugin {command} must be a list of name and value")
    return {str(variable["name"]): str(variable.get("value") or "") for variable in variables}


def _cluster_info(target: Target) -> dict[str, Any]:
    info = {key: value for key in _CLUSTER_KEYS if (value := target.cluster.get(key))}
    if target.ca:
        info["certificate-authority-data"] = base64.b64encode(target.ca).decode()
    for extension in target.cluster.get("extensions") or ():
        if isinstance(extension, dict) and extension.get("name") == f"{_GROUP}/exec":
            info["config"] = extension.get("extension")
    return info


def _parse_credentials(answer: bytes, command: str, version: str) -> PluginCredentials:
    try:
        credential = orjson.loads(answer)
        status = credential.get("status") or {}
        token, certificate, key = (status.get(name) for name in ("token", "clientCertificateData", "clientKeyData"))
    except (orjson.JSONDecodeError, AttributeError):
        raise Unauthorized(f"the exec plugin {command} answered no ExecCredential") from None
    if credential.get("apiVersion") != version:
        raise Unauthorized(f"the exec plugin {command} answered another apiVersion than {version}")
    if not all(value is None or isinstance(value, str) for value in (token, certificate, key)):
        raise Unauthorized(f"the exec plugin {command} answered credentials that are no strings")
    if token and not (token.isascii() and token.isprintable()):
        raise Unauthorized(f"the exec plugin {command} answered a token that is none: it holds a line end or the like")
    if not (token or certificate or key):
        raise Unauthorized(f"the exec plugin {command} answered neither a token nor a certificate")
    if bool(certificate) != bool(key):
        raise Unauthorized(f"the exec plugin {command} answered only one of certificate and key")
    return PluginCredentials(
        token=token or None,
        certificate=certificate.encode() if certificate else None,
        key=key.encode() if key else None,
    )
