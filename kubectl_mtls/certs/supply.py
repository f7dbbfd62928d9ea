"""Which object supplies the pair and which the CA: the Secret itself, or its companion `NAME-cacert`.

pilot/pkg/credentials/kube/secrets.go: GetCertInfo, GetCaCert, GetConfigMapCaCert.
"""

from dataclasses import replace

from kubectl_mtls.certs.layout import (
    UNWATCHED_TYPES,
    Layout,
    Role,
    resolve_ca,
    resolve_pair,
    resolve_plugged_ca,
    resolve_self_signed_ca,
    role_of,
)
from kubectl_mtls.model.credential import CA_SUFFIX
from kubectl_mtls.model.kind import CONFIG_MAP, SECRET
from kubectl_mtls.model.secret import Secret


def resolve_role(secret: Secret, istio_namespace: str) -> Role:
    """What istiod does with this object."""
    if secret.ref.kind not in (SECRET, CONFIG_MAP):
        return Role.TRUST_BUNDLE
    return role_of(secret.ref.namespace, secret.ref.name, secret.ref.kind == SECRET, istio_namespace)


def supplied_layout(secret: Secret, companion: Secret | None, role: Role) -> tuple[Layout, Secret]:
    """The layout, and the object that supplies the CA. A broken companion is not skipped (GetCaCert)."""
    where = f"secret {secret.ref.namespace}/{secret.ref.name} not found"
    unwatched = secret.type in UNWATCHED_TYPES
    match role:
        case Role.PLUGGED_CA:
            return resolve_plugged_ca(secret.data), secret
        case Role.SELF_SIGNED_CA:
            return resolve_self_signed_ca(secret.data), secret
        case Role.TRUST_BUNDLE:
            return Layout(), secret
        case Role.CA_CREDENTIAL:
            return _ca_only(secret, unwatched), secret
    pair = Layout(error=where) if unwatched else resolve_pair(secret.data)
    if companion is not None and companion.type not in UNWATCHED_TYPES:
        supplier, ca = companion, resolve_ca(companion.data)
    else:
        supplier, ca = secret, Layout(ca_error=where) if unwatched else resolve_ca(secret.data)
    return replace(pair, ca_key=ca.ca_key, crl_key=ca.crl_key, ca_error=ca.ca_error), supplier


def _ca_only(secret: Secret, unwatched: bool) -> Layout:
    stripped = secret.ref.name.removesuffix(CA_SUFFIX)
    if secret.ref.kind != SECRET and stripped != secret.ref.name:
        return Layout(ca_error=f"configmap {secret.ref.namespace}/{stripped} not found")
    return (
        Layout(ca_error=f"secret {secret.ref.namespace}/{stripped} not found") if unwatched else resolve_ca(secret.data)
    )
