"""What may speak against a change: the codes by which people accept it. What each means is told by the rules' pages."""

from collections.abc import Iterable
from dataclasses import dataclass

from kubectl_mtls.model.finding import Objection


@dataclass(frozen=True, slots=True)
class ObjectionKind:
    """One kind of objection."""

    code: str
    name: str

    def objection(self, message: str, mend: str | None = None) -> Objection:
        """One of this kind, against one change."""
        return Objection(self.code, self.name, message, mend)


def accepting(command: str, objections: Iterable[Objection]) -> str:
    """The command with the codes that it will be asked to accept."""
    codes = sorted({objection.code for objection in objections})
    return f"{command} --accept {','.join(codes)}" if codes else command


CLIENTS_WITHOUT_PROXY = ObjectionKind("MTLS701", "clients-without-proxy")
CLIENTS_NOT_RESOLVED = ObjectionKind("MTLS702", "clients-not-resolved")
CERTIFICATE_NOT_VALID = ObjectionKind("MTLS704", "certificate-not-valid")
CHAIN_DOES_NOT_VERIFY = ObjectionKind("MTLS705", "chain-does-not-verify")
NAMES_CHANGE = ObjectionKind("MTLS706", "names-change")
FOREIGN_OWNER = ObjectionKind("MTLS707", "foreign-owner")
POLICY_WITHOUT_EFFECT = ObjectionKind("MTLS708", "policy-without-effect")
CREDENTIAL_WITHOUT_SELECTOR = ObjectionKind("MTLS709", "credential-without-selector")
INTERMEDIATE_LOST = ObjectionKind("MTLS710", "intermediate-lost")
ENDS_EARLIER = ObjectionKind("MTLS711", "ends-earlier")
CA_EXCHANGED = ObjectionKind("MTLS712", "ca-exchanged")

OBJECTION_KINDS = (
    CLIENTS_WITHOUT_PROXY,
    CLIENTS_NOT_RESOLVED,
    CERTIFICATE_NOT_VALID,
    CHAIN_DOES_NOT_VERIFY,
    NAMES_CHANGE,
    FOREIGN_OWNER,
    POLICY_WITHOUT_EFFECT,
    CREDENTIAL_WITHOUT_SELECTOR,
    INTERMEDIATE_LOST,
    ENDS_EARLIER,
    CA_EXCHANGED,
)
