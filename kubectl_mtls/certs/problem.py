"""What can be wrong with a certificate Secret, as values that rules turn into findings."""

from dataclasses import dataclass
from enum import StrEnum

from kubectl_mtls.model.finding import Severity


class ProblemCode(StrEnum):
    """One kind of fault each; the name reads well after "allow"."""

    NOT_DELIVERED = "not-delivered"
    WARNED_ABOUT = "warned-about"
    NO_CA = "no-ca"
    SIGNING_CA_REFUSED = "signing-ca-refused"
    UNREADABLE_DATA = "unreadable-data"
    UNREADABLE_CERTIFICATE = "unreadable-certificate"
    UNREADABLE_CA = "unreadable-ca"
    UNREADABLE_STAPLE = "unreadable-staple"
    UNUSABLE_KEY = "unusable-key"
    KEY_MISMATCH = "key-mismatch"
    UNSUITABLE_LEAF = "unsuitable-leaf"
    UNSUITABLE_CA = "unsuitable-ca"
    UNSUITABLE_ANCHOR = "unsuitable-anchor"
    IRREGULAR_PEM = "irregular-pem"
    REVOKED = "revoked"
    EXPIRED = "expired"
    EXPIRED_EXTRA = "expired-extra"
    NOT_YET_VALID = "not-yet-valid"
    ISSUER_MISSING = "issuer-missing"
    UNTRUSTED_CHAIN = "untrusted-chain"
    ONE_ROLE_ONLY = "one-role-only"
    WRONG_ORDER = "wrong-order"
    EXTRA_CERTIFICATE = "extra-certificate"
    DUPLICATE_CERTIFICATE = "duplicate-certificate"
    ROOT_IN_CHAIN = "root-in-chain"
    ENDS_BEFORE_LEAF = "ends-before-leaf"
    TWO_LAYOUTS = "two-layouts"
    KEY_IN_ANNOTATION = "key-in-annotation"
    NO_CREDENTIAL = "no-credential"
    EXPIRED_TWIN_FIRST = "expired-twin-first"
    SHARED_KEY = "shared-key"
    KEPT_KEY = "kept-key"
    PUBLISHED_KEY = "published-key"


_SEVERITIES = {
    ProblemCode.ONE_ROLE_ONLY: Severity.INFO,
    ProblemCode.NO_CA: Severity.INFO,
    ProblemCode.UNSUITABLE_ANCHOR: Severity.WARNING,
    ProblemCode.IRREGULAR_PEM: Severity.WARNING,
    ProblemCode.EXPIRED_EXTRA: Severity.INFO,
    ProblemCode.WRONG_ORDER: Severity.WARNING,
    ProblemCode.EXTRA_CERTIFICATE: Severity.INFO,
    ProblemCode.DUPLICATE_CERTIFICATE: Severity.INFO,
    ProblemCode.ROOT_IN_CHAIN: Severity.INFO,
    ProblemCode.ENDS_BEFORE_LEAF: Severity.WARNING,
    ProblemCode.TWO_LAYOUTS: Severity.WARNING,
    ProblemCode.KEY_IN_ANNOTATION: Severity.WARNING,
    ProblemCode.NO_CREDENTIAL: Severity.INFO,
    ProblemCode.SHARED_KEY: Severity.WARNING,
    ProblemCode.KEPT_KEY: Severity.INFO,
    ProblemCode.PUBLISHED_KEY: Severity.WARNING,
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault. `data_key` and `index` (of a certificate in file order) say where; None where that means nothing."""

    code: ProblemCode
    message: str
    data_key: str | None = None
    index: int | None = None

    @property
    def severity(self) -> Severity:
        """Errors break a handshake or a delivery now."""
        return _SEVERITIES.get(self.code, Severity.ERROR)
