"""Does a sound Secret have what one use of it demands: a CA for MUTUAL, and a certificate for that role?"""

from kubectl_mtls.certs.inspection import Inspection
from kubectl_mtls.posture.credential.usage import Purpose, Usage


def lacks_ca(inspection: Inspection, usage: Usage) -> bool:
    """Whether the other side is to be verified and nothing says by which CA; False where a companion may say it."""
    demands = usage.demands_ca or usage.purpose is Purpose.CLIENT
    has_ca = bool(inspection.layout.ca_key) or inspection.ca_unread is not None
    return usage.caveat is None and demands and not has_ca


def lacks_role(inspection: Inspection, usage: Usage) -> str | None:
    """Why a handshake fails in this role, of a certificate that is good for the other one; None where it does not."""
    if usage.caveat is not None or usage.purpose not in (Purpose.CLIENT, Purpose.SERVER):
        return None
    verdicts = (inspection.client, inspection.server)
    own, other = verdicts if usage.purpose is Purpose.CLIENT else verdicts[::-1]
    return own.reason if own.ok is False and other.ok else None
