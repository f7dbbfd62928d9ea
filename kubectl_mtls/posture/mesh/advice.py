"""Who should control the certificates: istiod, or somebody with a PKI of their own? The answer from a mesh's own facts.

For connections inside the mesh it is the mesh's CA that decides (a company's can sign under istiod); MUTUAL is for
servers that ask for a foreign client certificate, and gateways for whoever calls from outside. There the question is
who renews: a controller or a hand.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from kubectl_mtls.certs.certificate import Certificate
from kubectl_mtls.certs.policy import Policy
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.model.snapshot import Snapshot
from kubectl_mtls.posture.credential.standing import Standing
from kubectl_mtls.posture.mesh.authority import Authority
from kubectl_mtls.posture.mesh.trust import Roots

_YEAR = timedelta(days=365)


class Group(StrEnum):
    """Which connections are meant; the value stands before the name of host or gateway."""

    INSIDE = "inside the mesh"
    EGRESS = "towards"
    GATEWAY = "through"


class Way(StrEnum):
    """Who controls the certificates."""

    AUTOMATIC = "automatic"
    COMPANY_CA = "company CA under istiod"
    KEPT = "MUTUAL, kept by a controller"
    BY_HAND = "MUTUAL, kept by hand"
    UNKNOWN = "UNKNOWN"


class Fact(StrEnum):
    """A reason, of which the renderer makes a sentence with `Reason.about`."""

    ISTIOD_SIGNS = "istiod-signs"
    COMPANY_SIGNS = "company-signs"
    POLICY_ALLOWS = "policy-allows"
    POLICY_REFUSES = "policy-refuses"
    CA_NOT_READ = "ca-not-read"
    CA_NOT_KNOWN = "ca-not-known"
    MUTUAL_INSIDE = "mutual-inside"
    WITHOUT_PROXY = "without-proxy"
    CLIENT_CERTIFICATE = "client-certificate"
    SERVER_CERTIFICATE = "server-certificate"
    KEEPER = "keeper"
    NO_KEEPER = "no-keeper"
    ISSUER_AT_HAND = "issuer-at-hand"
    OFTEN_DUE = "often-due"
    SELDOM_DUE = "seldom-due"
    NO_ISSUER = "no-issuer"
    NOT_READ = "not-read"
    NOBODY_ASKS = "nobody-asks"
    UNSOUND = "unsound"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Reason:
    """One fact, and what it is about."""

    fact: Fact
    about: str = ""


@dataclass(frozen=True, slots=True)
class Advice:
    """What is and what should be, for one group of connections.

    `renewals` are those that a hand has to do in a year, None where nobody can tell. `ends_first` is the certificate
    that ends first, at `ends_at`. `secret` and `rule` are what a step would touch.
    """

    group: Group
    name: str
    now: Way
    best: Way
    reasons: tuple[Reason, ...]
    renewals: float | None = None
    ends_first: str = ""
    ends_at: datetime | None = None
    secret: Ref | None = None
    rule: Ref | None = None

    @property
    def changes(self) -> bool:
        """Whether the advice is to do something else than now."""
        return self.best not in (self.now, Way.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Facts:
    """What advice rests on. `naked` are the namespaces with pods without a proxy, `meshed` the hosts of Services whose
    sidecars take mutual TLS.
    """

    snapshot: Snapshot
    authority: Authority
    roots: Roots
    standings: tuple[Standing, ...]
    naked: tuple[str, ...]
    meshed: frozenset[str]
    policy: Policy | None
    now: datetime


def renewals_per_year(certificate: Certificate) -> float | None:
    """How often a hand renews such a certificate: a month before its end, or in the last third of a short life."""
    lifetime = certificate.not_after - certificate.not_before
    used = lifetime - min(timedelta(days=30), lifetime / 3)
    return _YEAR / used if used > timedelta(0) else None
