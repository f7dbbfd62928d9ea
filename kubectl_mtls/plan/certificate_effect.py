"""A certificate with its chain and CA, as the two sides of a rotation are shown."""

from dataclasses import dataclass

from kubectl_mtls.certs.certificate import Certificate
from kubectl_mtls.certs.path import TlsRole


@dataclass(frozen=True, slots=True)
class CertificateView:
    """One version. `leaf` None: only a CA. `refusal` is why its chain does not verify to the CA, None when it does.

    `verified_by` is the anchor; None with `refusal` None means that there is no CA to ask. `fits` are the roles in
    which a peer with this CA accepts it.
    """

    leaf: Certificate | None
    chain: tuple[Certificate, ...] = ()
    anchors: tuple[Certificate, ...] = ()
    verified_by: Certificate | None = None
    refusal: str | None = None
    weakest: Certificate | None = None
    fits: tuple[TlsRole, ...] = ()


@dataclass(frozen=True, slots=True)
class CertificateEffect:
    """Old and new, side by side; None: there is no such version."""

    old: CertificateView | None
    new: CertificateView | None
