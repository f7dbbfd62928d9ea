"""What a server showed, and what it is beside what is stored."""

from dataclasses import dataclass
from datetime import datetime

from kubectl_mtls.certs.certificate import Certificate
from kubectl_mtls.certs.comparison import Side
from kubectl_mtls.certs.host import serves_host
from kubectl_mtls.certs.inspection import Inspection
from kubectl_mtls.certs.path import TlsRole, verify_path


@dataclass(frozen=True, slots=True)
class Served:
    """The chain in the order in which it came; never empty.

    `asks_for_client`: the server wants a certificate from us; `refusal` is what it says without one.
    """

    address: str
    server_name: str | None
    certificates: tuple[Certificate, ...]
    version: str
    asks_for_client: bool
    refusal: str | None

    def side(self) -> Side:
        """As one side of a comparison; a server shows no CA."""
        return Side(f"served by {self.address}", self.certificates, None)


@dataclass(frozen=True, slots=True)
class ServedVerdict:
    """Beside one Secret: `same` certificate as stored (None: it stores none), does its CA vouch for what is served
    (`verifies` None: it has none), is it for the name that was asked for (`named` None: there was no name).
    """

    served: Served
    stored: str
    same: bool | None
    verifies: bool | None
    reason: str
    named: bool | None

    @property
    def refused(self) -> bool:
        """Whether another certificate is served than stored; without a stored one, whether the CA refuses it."""
        return self.verifies is False if self.same is None else not self.same


def judge_served(served: Served, inspection: Inspection, now: datetime) -> ServedVerdict:
    """What was served, held against a Secret."""
    chain, anchors = served.certificates, inspection.chain.anchors
    verdict = verify_path(chain[0], chain, anchors, now, TlsRole.SERVER) if anchors else None
    return ServedVerdict(
        served=served,
        stored=inspection.ref.full,
        same=chain[0] == inspection.chain.presented[0] if inspection.chain.presented else None,
        verifies=verdict.ok if verdict else None,
        reason=verdict.reason if verdict else "",
        named=serves_host(chain[0], served.server_name) if served.server_name else None,
    )
