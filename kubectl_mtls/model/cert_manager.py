"""What cert-manager says of the certificates that it keeps (cert-manager.io/v1, acme.cert-manager.io/v1)."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from kubectl_mtls.model import fields
from kubectl_mtls.model.condition import Conditions, parse_conditions
from kubectl_mtls.model.kind import CLUSTER_ISSUER, ISSUER
from kubectl_mtls.model.metadata import Metadata, parse_metadata
from kubectl_mtls.model.reading import Document, Manifest
from kubectl_mtls.model.ref import Ref

_PREFIX = "cert-manager.io/"
_GO_PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(h|ms|us|µs|ns|m|s)")
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}


@dataclass(frozen=True, slots=True)
class IssuerName:
    """Which issuer a certificate is asked from. `group` is another one's for issuers outside of cert-manager."""

    kind: str
    name: str
    group: str

    def ref(self, namespace: str) -> Ref | None:
        """The object, for a certificate in this namespace; None when it is of a kind that we do not know."""
        if self.group not in ("", ISSUER.group):
            return None
        if self.kind == CLUSTER_ISSUER.name:
            return Ref(CLUSTER_ISSUER, "", self.name)
        return Ref(ISSUER, namespace, self.name) if self.kind in ("", ISSUER.name) else None

    def __str__(self) -> str:
        """As kubectl names it: `issuer/partner`."""
        return f"{(self.kind or ISSUER.name).lower()}/{self.name}"


@dataclass(frozen=True, slots=True)
class ManagedCertificate:
    """A Certificate. `rotation` is privateKey.rotationPolicy, empty when unsaid (Always, before 1.18 Never).

    `ends_at` is when the issued certificate ends, as its status says.
    """

    metadata: Metadata
    secret_name: str
    issuer: IssuerName
    rotation: str
    duration: timedelta | None
    renew_before: timedelta | None
    conditions: Conditions
    revision: int | None
    renews_at: datetime | None
    failed_at: datetime | None
    failed_attempts: int
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Issuer:
    """An Issuer or ClusterIssuer. `ca_secret` is the Secret that it signs with, empty for other ways of issuing."""

    metadata: Metadata
    conditions: Conditions
    ca_secret: str
    is_acme: bool


@dataclass(frozen=True, slots=True)
class CertificateRequest:
    """One attempt to get a certificate; `certificate` and `revision` say for which version of what."""

    metadata: Metadata
    certificate: str
    revision: int | None
    conditions: Conditions


@dataclass(frozen=True, slots=True)
class AcmeStep:
    """An Order, which its CertificateRequest owns, or a Challenge, which its Order owns."""

    metadata: Metadata
    state: str
    reason: str


def parse_certificate(document: Document) -> ManagedCertificate:
    """Raises Malformed."""
    manifest = document.manifest
    return ManagedCertificate(
        metadata=parse_metadata(document),
        secret_name=fields.text(manifest, "spec.secretName"),
        issuer=IssuerName(
            fields.text(manifest, "spec.issuerRef.kind"),
            fields.text(manifest, "spec.issuerRef.name"),
            fields.text(manifest, "spec.issuerRef.group"),
        ),
        rotation=fields.text(manifest, "spec.privateKey.rotationPolicy"),
        duration=_duration(manifest, "spec.duration"),
        renew_before=_duration(manifest, "spec.renewBefore"),
        conditions=parse_conditions(manifest),
        revision=fields.number(manifest, "status.revision"),
        renews_at=fields.time(manifest, "status.renewalTime"),
        failed_at=fields.time(manifest, "status.lastFailureTime"),
        failed_attempts=fields.number(manifest, "status.failedIssuanceAttempts") or 0,
        ends_at=fields.time(manifest, "status.notAfter"),
    )


def parse_issuer(document: Document) -> Issuer:
    """Raises Malformed."""
    manifest = document.manifest
    return Issuer(
        metadata=parse_metadata(document),
        conditions=parse_conditions(manifest),
        ca_secret=fields.text(manifest, "spec.ca.secretName"),
        is_acme=bool(fields.mapping(manifest, "spec.acme")),
    )


def parse_certificate_request(document: Document) -> CertificateRequest:
    """Raises Malformed."""
    metadata = parse_metadata(document)
    revision = metadata.annotations.get(f"{_PREFIX}certificate-revision", "")
    return CertificateRequest(
        metadata=metadata,
        certificate=metadata.annotations.get(f"{_PREFIX}certificate-name", ""),
        revision=int(revision) if revision.isdecimal() and len(revision) < 10 else None,
        conditions=parse_conditions(document.manifest),
    )


def parse_acme_step(document: Document) -> AcmeStep:
    """Raises Malformed."""
    manifest = document.manifest
    state, reason = fields.text(manifest, "status.state"), fields.text(manifest, "status.reason")
    return AcmeStep(parse_metadata(document), state, reason)


def _duration(manifest: Manifest, path: str) -> timedelta | None:
    """A duration as Go writes it, `2160h0m0s`."""
    written = fields.text(manifest, path)
    if not written:
        return None
    parts = _GO_PART.findall(written)
    if "".join(number + unit for number, unit in parts) != written or len(written) > 30:
        raise fields.Malformed(path, f"should be a duration such as 2160h0m0s, is {written[:40]!r}")
    try:
        return timedelta(seconds=sum(float(number) * _SECONDS[unit] for number, unit in parts))
    except OverflowError:
        raise fields.Malformed(path, "is a duration beyond all calendars") from None
