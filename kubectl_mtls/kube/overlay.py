"""What the connection flags change in the kubeconfig's entries (client-go `clientcmd/client_config.go`)."""

from typing import Any

from kubectl_mtls.errors import InvalidInput
from kubectl_mtls.kube.flags import ConnectionFlags
from kubectl_mtls.kube.kubeconfig import Entry


def lay_over_cluster(entry: Entry, flags: ConnectionFlags) -> dict[str, Any]:
    """The cluster with the flags on top: `--server` alone clears tls-server-name, a CA or insecure clears the other."""
    cluster = dict(entry)
    if flags.server:
        cluster["server"] = flags.server
    if flags.insecure_skip_tls_verify or flags.certificate_authority:
        cluster["insecure-skip-tls-verify"] = flags.insecure_skip_tls_verify
        cluster["certificate-authority"] = flags.certificate_authority
        cluster["certificate-authority-data"] = None
    if flags.tls_server_name or flags.server:
        cluster["tls-server-name"] = flags.tls_server_name
    return cluster


def lay_over_user(entry: Entry, flags: ConnectionFlags) -> dict[str, Any]:
    """The user with the flags on top; groups are replaced, extra fields merged by key.

    `--token` replaces a token file too, so that what was typed counts (in kubectl the file would).
    Raises InvalidInput for an extra field that is not KEY=VALUE.
    """
    user = dict(entry)
    if flags.token:
        user |= {"token": flags.token, "tokenFile": None}
    if flags.client_certificate:
        user |= {"client-certificate": flags.client_certificate, "client-certificate-data": None}
    if flags.client_key:
        user |= {"client-key": flags.client_key, "client-key-data": None}
    given = {
        "username": flags.username,
        "password": flags.password,
        "as": flags.impersonate,
        "as-uid": flags.impersonate_uid,
        "as-groups": list(flags.impersonate_groups),
    }
    user |= {key: value for key, value in given.items() if value}
    if flags.impersonate_user_extra:
        extra: dict[str, list[str]] = {}
        for word in flags.impersonate_user_extra:
            key, equals, value = word.partition("=")
            if not equals:
                raise InvalidInput(f"--as-user-extra takes KEY=VALUE, not {word}")
            extra.setdefault(key, []).append(value)
        user["as-user-extra"] = {**(user.get("as-user-extra") or {}), **extra}
    return user
