"""Which data keys of a Secret istiod takes, and what it says when it takes none.

pilot/pkg/credentials/kube/secrets.go: ExtractCertInfo, ExtractRoot, GetCaCert, SecretsFieldSelector. The Secrets of a
signing CA: pilot/pkg/bootstrap/istio_ca.go (detectSigningCABundle, checkCABundleCompleteness) and
security/pkg/pki/ca/ca.go (loadSelfSignedCaSecret).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from kubectl_mtls.model.credential import CA_SUFFIX

PAIR_KEYS = frozenset({"cert", "key", "tls.crt", "tls.key"})
PLUGGED_CA_SECRET = "cacerts"
SELF_SIGNED_CA_SECRET = "istio-ca-secret"
SIGNING_SECRETS = (PLUGGED_CA_SECRET, SELF_SIGNED_CA_SECRET)
UNWATCHED_TYPES = frozenset({"helm.sh/release.v1", "kubernetes.io/service-account-token"})
_FORMS = (("cert", "key", "crl"), ("tls.crt", "tls.key", "ca.crl"))
_CA_FORMS = (("cacert", "crl"), ("ca.crt", "ca.crl"))
_INCOMPLETE = "failed to create an istiod CA: incomplete signing CA bundle detected"


class Role(StrEnum):
    """What istiod does with a Secret, by its name and place. A trust bundle (ClusterTrustBundle) is not its affair."""

    CREDENTIAL = "credential"
    CA_CREDENTIAL = "ca-credential"
    PLUGGED_CA = "plugged-ca"
    SELF_SIGNED_CA = "self-signed-ca"
    TRUST_BUNDLE = "trust-bundle"


@dataclass(frozen=True, slots=True)
class Layout:
    """The data keys that count; None where istiod takes none. `error` is istiod's own text when it takes no pair.

    `ca_key` and `crl_key` belong to the Secret that supplies the CA; `ca_error` is what istiod says when none does.
    `chain_keys` only for a signing CA.
    """

    certificate_key: str | None = None
    private_key_key: str | None = None
    ca_key: str | None = None
    crl_key: str | None = None
    staple_key: str | None = None
    chain_keys: tuple[str, ...] = ()
    error: str | None = None
    ca_error: str | None = None


def role_of(namespace: str, name: str, is_secret: bool, istio_namespace: str) -> Role:
    """What istiod uses a Secret or ConfigMap of that name for."""
    if not is_secret or name.endswith(CA_SUFFIX):
        return Role.CA_CREDENTIAL
    if namespace == istio_namespace and name == PLUGGED_CA_SECRET:
        return Role.PLUGGED_CA
    if namespace == istio_namespace and name == SELF_SIGNED_CA_SECRET:
        return Role.SELF_SIGNED_CA
    return Role.CREDENTIAL


def resolve_pair(data: Mapping[str, bytes]) -> Layout:
    """The key pair of a credential, without its CA."""
    for certificate, private_key, _ in _FORMS:
        if data.get(certificate) and data.get(private_key):
            staple = "tls.ocsp-staple" if certificate == "tls.crt" and data.get("tls.ocsp-staple") else None
            return Layout(certificate, private_key, staple_key=staple)
    for certificate, private_key, _ in _FORMS:
        if certificate in data and private_key in data:
            return Layout(error=f'found keys "{certificate}" and "{private_key}", but they were empty')
    return Layout(
        error="found secret, but didn't have expected keys (cert and key) or (tls.crt and tls.key); "
        f"found: {_listed(data)}"
    )


def resolve_ca(data: Mapping[str, bytes]) -> Layout:
    """The CA that a Secret or ConfigMap supplies."""
    for ca, crl in _CA_FORMS:
        if data.get(ca):
            return Layout(ca_key=ca, crl_key=crl if data.get(crl) else None)
    for ca, _ in _CA_FORMS:
        if ca in data:
            return Layout(ca_error=f'found key "{ca}", but it was empty')
    return Layout(ca_error=f"found secret, but didn't have expected keys cacert or ca.crt; found: {_listed(data)}")


def resolve_plugged_ca(data: Mapping[str, bytes]) -> Layout:
    """The signing CA in `cacerts`. With none of its files istiod signs by itself: then all is None, `error` too."""
    chains: tuple[str, ...]
    if "tls.crt" in data:
        certificate, private_key, root, chains, crl = "tls.crt", "tls.key", "ca.crt", ("tls.crt", "ca.crt"), ""
    else:
        certificate, private_key, root, crl = "ca-cert.pem", "ca-key.pem", "root-cert.pem", "ca-crl.pem"
        chains = ("cert-chain.pem",)
    chain_keys = tuple(key for key in chains if key in data)
    there = [key in data for key in (certificate, private_key, root)] + [bool(chain_keys)]
    return Layout(
        certificate if certificate in data else None,
        private_key if private_key in data else None,
        ca_key=root if root in data else None,
        crl_key=crl if crl in data else None,
        chain_keys=chain_keys,
        error=_INCOMPLETE if any(there) and not all(there) else None,
    )


def resolve_self_signed_ca(data: Mapping[str, bytes]) -> Layout:
    """The signing CA that istiod made itself: its own root."""
    certificate = "ca-cert.pem" if "ca-cert.pem" in data else None
    return Layout(certificate, "ca-key.pem" if "ca-key.pem" in data else None, ca_key=certificate)


def _listed(data: Mapping[str, bytes]) -> str:
    """istiod's truncatedKeysMessage: from three keys on it says how many more there are, even none."""
    keys = sorted(data)
    return ", ".join(keys) if len(keys) < 3 else f"{', '.join(keys[:3])}, and {len(keys) - 3} more..."
