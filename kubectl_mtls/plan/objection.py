"""What may speak against a change: the codes by which people accept it. What each means is told by the rules' pages."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kubectl_mtls.model.finding import Objection
from kubectl_mtls.model.phrase import first_of

_NAMED = 8


@dataclass(frozen=True, slots=True)
class ObjectionKind:
    """One kind of objection."""

    code: str
    name: str

    def objection(self, message: str, mend: str | None = None) -> Objection:
        """One of this kind, against one change."""
        return Objection(self.code, self.name, message, mend)


def listed(words: Sequence[str]) -> str:
    """The first words, and how many more there are."""
    return first_of(words, _NAMED)


def accepting(command: str, objections: Iterable[Objection]) -> str:
    """The command with the codes that it will be asked to accept."""
    codes = sorted({objection.code for objection in objections})
    return f"{command} --accept {','.join(codes)}" if codes else command


CLIENTS_WITHOUT_PROXY = ObjectionKind("MTLS701", "clients-without-proxy")
WEBHOOK_BACKEND = ObjectionKind("MTLS703", "webhook-backend")
CERTIFICATE_NOT_VALID = ObjectionKind("MTLS704", "certificate-not-valid")
CHAIN_DOES_NOT_VERIFY = ObjectionKind("MTLS705", "chain-does-not-verify")
NAMES_CHANGE = ObjectionKind("MTLS706", "names-change")
FOREIGN_OWNER = ObjectionKind("MTLS707", "foreign-owner")
POLICY_WITHOUT_EFFECT = ObjectionKind("MTLS708", "policy-without-effect")
CREDENTIAL_WITHOUT_SELECTOR = ObjectionKind("MTLS709", "credential-without-selector")
INTERMEDIATE_LOST = ObjectionKind("MTLS710", "intermediate-lost")
ENDS_EARLIER = ObjectionKind("MTLS711", "ends-earlier")
CA_EXCHANGED = ObjectionKind("MTLS712", "ca-exchanged")
CONNECTIONS_WOULD_FAIL = ObjectionKind("MTLS713", "connections-would-fail")
IDENTITY_LOST = ObjectionKind("MTLS714", "identity-lost")
CONNECTIONS_NOT_KNOWN = ObjectionKind("MTLS715", "connections-not-known")
DISABLE_TO_STRICT = ObjectionKind("MTLS716", "disable-to-strict")
REACHED_FROM_OUTSIDE = ObjectionKind("MTLS717", "reached-from-outside")
PROBE_WITHOUT_REWRITE = ObjectionKind("MTLS718", "probe-without-rewrite")
SCRAPED_PORT = ObjectionKind("MTLS719", "scraped-port")
NEIGHBOUR_WITHOUT_PROXY = ObjectionKind("MTLS720", "neighbour-without-proxy")

OBJECTION_KINDS = (
    CLIENTS_WITHOUT_PROXY,
    WEBHOOK_BACKEND,
    CERTIFICATE_NOT_VALID,
    CHAIN_DOES_NOT_VERIFY,
    NAMES_CHANGE,
    FOREIGN_OWNER,
    POLICY_WITHOUT_EFFECT,
    CREDENTIAL_WITHOUT_SELECTOR,
    INTERMEDIATE_LOST,
    ENDS_EARLIER,
    CA_EXCHANGED,
    CONNECTIONS_WOULD_FAIL,
    IDENTITY_LOST,
    CONNECTIONS_NOT_KNOWN,
    DISABLE_TO_STRICT,
    REACHED_FROM_OUTSIDE,
    PROBE_WITHOUT_REWRITE,
    SCRAPED_PORT,
    NEIGHBOUR_WITHOUT_PROXY,
)
