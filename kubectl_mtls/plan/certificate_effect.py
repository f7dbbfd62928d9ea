"""A certificate with its chain and CA, as the two sides of a rotation are shown."""

from dataclasses import dataclass, field

from kubectl_mtls.certs.certificate import Certificate
from kubectl_mtls.certs.path import TlsRole
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.posture.credential.usage import Caveat, Purpose


@dataclass(frozen=True, slots=True)
class CertificateView:
    """One version. `leaf` None: only a CA. `refusal` is why its chain does not verify to the CA, None when it does.

    `verified_by` is the anchor; None with `refusal` None means that there is no CA to ask. `fits` are the roles in
    which a peer with this CA accepts it. `fits_key`: whether the private key beside it is its own; None: unknown.
    """

    leaf: Certificate | None
    chain: tuple[Certificate, ...] = ()
    anchors: tuple[Certificate, ...] = ()
    verified_by: Certificate | None = None
    refusal: str | None = None
    weakest: Certificate | None = None
    fits: tuple[TlsRole, ...] = ()
    fits_key: bool | None = None


@dataclass(frozen=True, slots=True)
class CertificateUser:
    """One object that names the Secret, and what for."""

    object: Ref
    purpose: Purpose
    towards: tuple[str, ...]
    caveat: Caveat | None = None


@dataclass(frozen=True, slots=True)
class Users:
    """Who uses the Secret, as far as it could be read; `gap` says why not everything could."""

    known: tuple[CertificateUser, ...] = ()
    gap: str | None = None


@dataclass(frozen=True, slots=True)
class CertificateEffect:
    """Old and new, side by side; None: there is no such version."""

    old: CertificateView | None
    new: CertificateView | None
    users: Users = field(default_factory=Users)
