"""What may speak against a change: the codes by which people accept it."""

from dataclasses import dataclass

from kubectl_mtls.model.finding import Objection


@dataclass(frozen=True, slots=True)
class ObjectionKind:
    """One kind of objection. `summary` says what accepting it means."""

    code: str
    name: str
    summary: str

    def objection(self, message: str, mend: str | None = None) -> Objection:
        """One of this kind, against one change."""
        return Objection(self.code, self.name, message, mend)


CLIENTS_WITHOUT_PROXY = ObjectionKind(
    "MTLS701",
    "clients-without-proxy",
    "Workloads without a proxy cannot send mutual TLS. If they call a server that becomes STRICT, they fail.",
)
CLIENTS_NOT_RESOLVED = ObjectionKind(
    "MTLS702",
    "clients-not-resolved",
    "What clients send was not resolved, so it was not checked that both sides still fit.",
)
CERTIFICATE_NOT_VALID = ObjectionKind(
    "MTLS704", "certificate-not-valid", "A certificate is expired or not yet valid: handshakes with it fail."
)
CHAIN_DOES_NOT_VERIFY = ObjectionKind(
    "MTLS705", "chain-does-not-verify", "A peer that trusts the CA beside the certificate would refuse it."
)
NAMES_CHANGE = ObjectionKind(
    "MTLS706", "names-change", "Names of the old certificate are missing in the new one: peers may ask for them."
)
FOREIGN_OWNER = ObjectionKind(
    "MTLS707", "foreign-owner", "Something else keeps this Secret and will overwrite what is written by hand."
)
POLICY_WITHOUT_EFFECT = ObjectionKind(
    "MTLS708", "policy-without-effect", "The policy counts for no pod, so the change changes nothing."
)
CREDENTIAL_WITHOUT_SELECTOR = ObjectionKind(
    "MTLS709",
    "credential-without-selector",
    "A sidecar ignores a credentialName in a rule without workloadSelector and sends plaintext.",
)

OBJECTION_KINDS = (
    CLIENTS_WITHOUT_PROXY,
    CLIENTS_NOT_RESOLVED,
    CERTIFICATE_NOT_VALID,
    CHAIN_DOES_NOT_VERIFY,
    NAMES_CHANGE,
    FOREIGN_OWNER,
    POLICY_WITHOUT_EFFECT,
    CREDENTIAL_WITHOUT_SELECTOR,
)
