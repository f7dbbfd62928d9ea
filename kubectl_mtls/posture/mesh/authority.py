"""Which CA signs the workload certificates?

Follows pilot/pkg/bootstrap/istio_ca.go: an external CA, the Kubernetes CSR API, a plugged-in CA (Secret `cacerts`), or
istiod's own self-signed root (Secret `istio-ca-secret`). Those Secrets hold the mesh's signing key, so they are read on
request only; without them the root that istiod hands out tells its own roots from others.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from kubectl_mtls.certs.certificate import Certificate
from kubectl_mtls.certs.inspecting import inspect
from kubectl_mtls.certs.inspection import Inspection
from kubectl_mtls.certs.layout import PLUGGED_CA_SECRET, SELF_SIGNED_CA_SECRET
from kubectl_mtls.model.control_plane import DEFAULT_NAMESPACE
from kubectl_mtls.model.kind import DEPLOYMENT, MUTATING_WEBHOOK, SECRET
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.model.snapshot import Snapshot


class AuthorityKind(StrEnum):
    """Who signs."""

    SELF_SIGNED = "self-signed by istiod"
    PLUGGED_IN = "plugged-in"
    ISTIO_CSR = "istio-csr"
    KUBERNETES = "Kubernetes CSR API"
    EXTERNAL = "external"
    UNKNOWN = "unknown"


_KIND_BY_SECRET = {PLUGGED_CA_SECRET: AuthorityKind.PLUGGED_IN, SELF_SIGNED_CA_SECRET: AuthorityKind.SELF_SIGNED}


@dataclass(frozen=True, slots=True)
class Authority:
    """The signing CA. `detail` is the Secret, signer or address; `by_root` says that only the root told.

    `intermediate` is the signing certificate, None unless its Secret was read; `ends_at` is when it ends, as istiod's
    own metrics say where it was not.
    """

    kind: AuthorityKind
    detail: str = ""
    by_root: bool = False
    intermediate: Certificate | None = None
    inspection: Inspection | None = None
    ends_at: datetime | None = None

    @property
    def chain(self) -> tuple[Certificate, ...]:
        """From the signing certificate up to its root; the first alone where istiod finds no path."""
        path = self.inspection.path if self.inspection else ()
        return path or ((self.intermediate,) if self.intermediate else ())


def resolve_authority(snapshot: Snapshot, roots: tuple[Certificate, ...], now: datetime) -> Authority:
    """The CA of the default control plane, or of the first there is; `roots` are those in use."""
    istiod = snapshot.leading_istiod
    flags = istiod.flags if istiod else {}
    mesh = snapshot.mesh_config(istiod.revision if istiod else None)
    if flags.get("ENABLE_CA_SERVER") == "false":
        address = mesh.ca_address or flags.get("CA_ADDR", "")
        kind = AuthorityKind.ISTIO_CSR if "istio-csr" in address else AuthorityKind.EXTERNAL
        return Authority(kind, address)
    if flags.get("EXTERNAL_CA") == "ISTIOD_RA_KUBERNETES_API":
        return Authority(AuthorityKind.KUBERNETES, flags.get("K8S_SIGNER") or flags.get("CERT_SIGNER_DOMAIN", ""))
    namespace = istiod.metadata.namespace if istiod else DEFAULT_NAMESPACE
    for name, kind in _KIND_BY_SECRET.items():
        found = next((one for one in snapshot.secrets if one.ref == Ref(SECRET, namespace, name)), None)
        if found is None:
            continue
        inspection = inspect(found, None, now, namespace)
        signing = inspection.certificates[0].certificate if inspection.certificates else None
        return Authority(kind, f"secret/{name} -n {namespace}", intermediate=signing, inspection=inspection)
    by_root = _by_root(roots, mesh.trust_domain, may_hide=istiod is None and _may_hide_istiod(snapshot))
    return replace(by_root, ends_at=snapshot.signing_ends_at)


def _may_hide_istiod(snapshot: Snapshot) -> bool:
    return any(gap.kind in (DEPLOYMENT, MUTATING_WEBHOOK) for gap in snapshot.gaps)


def _by_root(roots: tuple[Certificate, ...], trust_domain: str, *, may_hide: bool) -> Authority:
    """istiod's own root is named after the trust domain and nothing else (security/pkg/pki/ca: `O=<trust domain>`).

    Another root may be plugged in or an external CA's: where an istiod may hide, its flags would say which.
    """
    if any(root.subject.text == f"O={trust_domain}" for root in roots):
        return Authority(AuthorityKind.SELF_SIGNED, by_root=True)
    if not roots or may_hide:
        return Authority(AuthorityKind.UNKNOWN)
    return Authority(AuthorityKind.PLUGGED_IN, by_root=True)
