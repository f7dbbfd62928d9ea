"""How near may the end of a certificate be before somebody has to act?

What is renewed by hand needs weeks: an order, an approval, a change window. What a controller renews is late only when
its usual moment (cert-manager: after two thirds of the lifetime) is well past. Short-lived certificates are always near
their end, so that both margins shrink with the lifetime.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from kubectl_mtls.certs.certificate import Certificate

SOON = timedelta(days=30)
URGENT = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Margin:
    """A certificate that has less left than `soon` is a warning, with less than `urgent` an error."""

    soon: timedelta = SOON
    urgent: timedelta = URGENT

    def is_near(self, ends_at: datetime, now: datetime) -> bool:
        """Whether it is time to act."""
        return ends_at - now < self.soon

    def is_urgent(self, ends_at: datetime, now: datetime) -> bool:
        """Whether it is nearly too late."""
        return ends_at - now < self.urgent


def resolve_margin(certificate: Certificate, *, renews_itself: bool, asked: timedelta | None = None) -> Margin:
    """The margin of one certificate; `asked` is what somebody wants to be told of, whatever is usual."""
    lifetime = certificate.not_after - certificate.not_before
    soon = min(SOON, lifetime / (6 if renews_itself else 3))
    return Margin(soon if asked is None else asked, min(URGENT, lifetime / 12))
