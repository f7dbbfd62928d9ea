"""The Secrets that one rotation is about, as they were read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from kubectl_mtls.errors import InvalidInput
from kubectl_mtls.model.credential import CA_SUFFIX
from kubectl_mtls.model.fields import Malformed
from kubectl_mtls.model.origin import ApiOrigin
from kubectl_mtls.model.reading import Document, Manifest
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.model.secret import parse_secret
from kubectl_mtls.plan.certificate_effect import CertificateView, Users
from kubectl_mtls.plan.fitness import view_certificate


@dataclass(frozen=True, slots=True)
class SecretsInPlace:
    """What is there: the Secret, its companion with the CA (`NAME-cacert`), its undo Secret; None: absent.

    `blind` says why it is not known whether there is a companion; None: it is known.
    """

    ref: Ref
    secret: Manifest | None = field(repr=False)
    companion: Manifest | None = field(default=None, repr=False)
    undo: Manifest | None = field(default=None, repr=False)
    blind: str | None = None
    users: Users = field(default_factory=Users)

    @property
    def data(self) -> Mapping[str, bytes]:
        """The decoded values of the Secret."""
        return decoded(self.secret)


def companion_name(name: str) -> str | None:
    """The Secret that supplies the CA of another where it exists; None for one that is a companion itself."""
    return None if name.endswith(CA_SUFFIX) else f"{name}{CA_SUFFIX}"


def decoded(manifest: Manifest | None) -> Mapping[str, bytes]:
    """The values of a Secret; nothing of one that is absent. Raises InvalidInput for one of a wrong shape."""
    if manifest is None:
        return {}
    try:
        return parse_secret(Document(manifest, ApiOrigin())).data
    except Malformed as malformed:
        raise InvalidInput(f"the Secret is malformed: {malformed.field} {malformed.problem}") from None


def view(companion: Manifest | None, manifest: Manifest | None, now: datetime) -> CertificateView | None:
    """What one version of a Secret shows. A companion supplies the CA, even a broken one (istiod's GetCaCert)."""
    if manifest is None:
        return None
    own = decoded(manifest)
    return view_certificate(own, decoded(companion) if companion is not None else own, now)
