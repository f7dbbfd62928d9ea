"""What is a Secret for, in the words of a policy file: client, server, ca, signing?"""

from collections.abc import Sequence

from kubectl_mtls.certs.inspection import Inspection
from kubectl_mtls.certs.layout import Role
from kubectl_mtls.posture.credential.usage import Purpose, Usage

_WORDS = {
    Purpose.CLIENT: "client",
    Purpose.SERVER: "server",
    Purpose.CLIENT_CA: "ca",
    Purpose.SERVER_CA: "ca",
    Purpose.SIGNER: "signing",
}


def resolve_purposes(inspection: Inspection, usages: Sequence[Usage]) -> frozenset[str]:
    """By its users, and by what istiod does with a Secret of that name."""
    words = {_WORDS[usage.purpose] for usage in usages if usage.purpose in _WORDS}
    if inspection.role in (Role.PLUGGED_CA, Role.SELF_SIGNED_CA):
        words.add("signing")
    if inspection.role in (Role.CA_CREDENTIAL, Role.TRUST_BUNDLE):
        words.add("ca")
    return frozenset(words)
