"""What may certificates be? The rules of a company, as values.

The file that says so is docs/policy.md's. A rule says nothing about what it leaves out. `*` in a pattern stands for any
characters.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from kubectl_mtls.certs.certificate import Certificate
from kubectl_mtls.certs.inspection import Inspection

PURPOSES = ("client", "server", "ca", "signing")


class Demand(StrEnum):
    """What a rule can ask for; the values are the names of its fields."""

    ISSUERS = "issuers"
    MAXIMUM_LIFETIME = "maximumLifetime"
    MINIMUM_LEFT = "minimumLeft"
    WARNING_LEFT = "warningLeft"
    KEYS = "keys"
    SIGNATURES = "signatures"
    REQUIRED_NAMES = "requiredNames"
    FORBIDDEN_NAMES = "forbiddenNames"


@dataclass(frozen=True, slots=True)
class PolicyRule:
    """One rule for the Secrets that `namespaces`, `names` and `purposes` select (each empty: all of them).

    `keys` are `ECDSA P-256`, `RSA 3072` (at least so many bits), or a type alone. `root_fingerprints` are SHA-256 in
    lower hexadecimal. `field` is where the rule stands in its file.
    """

    field: str
    name: str
    namespaces: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()
    issuer_names: tuple[str, ...] = ()
    root_fingerprints: tuple[str, ...] = ()
    maximum_lifetime: timedelta | None = None
    minimum_left: timedelta | None = None
    warning_left: timedelta | None = None
    keys: tuple[str, ...] = ()
    signatures: tuple[str, ...] = ()
    required_names: tuple[str, ...] = ()
    forbidden_names: tuple[str, ...] = ()

    def selects(self, subject: "Subject") -> bool:
        """Whether it is about this Secret."""
        ref = subject.inspection.ref
        return (
            (not self.namespaces or any(fits(pattern, ref.namespace) for pattern in self.namespaces))
            and (not self.names or any(fits(pattern, ref.name) for pattern in self.names))
            and (not self.purposes or bool(set(self.purposes) & subject.purposes))
        )

    @property
    def says_when(self) -> bool:
        """Whether it says how near an end may be, instead of the usual margins."""
        return self.minimum_left is not None or self.warning_left is not None


@dataclass(frozen=True, slots=True)
class Policy:
    """All rules of a file; every one that selects a Secret holds for it."""

    path: str
    rules: tuple[PolicyRule, ...]

    def says_when(self, subject: "Subject") -> bool:
        """Whether some rule replaces the usual margins for this Secret."""
        return any(rule.says_when and rule.selects(subject) for rule in self.rules)


@dataclass(frozen=True, slots=True)
class Subject:
    """A Secret under judgement. `purposes` are what its users want it for; empty where nobody is known."""

    inspection: Inspection
    purposes: frozenset[str] = frozenset()

    @property
    def own(self) -> tuple[Certificate, ...]:
        """What the Secret brings: leaf first, then its intermediates; the anchors of one that holds nothing else."""
        chain = self.inspection.chain
        brought = tuple(chain.presented[index] for index in chain.order)
        return brought or chain.anchors or tuple(one.certificate for one in self.inspection.bundle)

    @property
    def leaf(self) -> Certificate | None:
        """The certificate that stands for the holder; None in a Secret of anchors alone."""
        return self.own[0] if self.inspection.chain.presented else None


def fits(pattern: str, text: str) -> bool:
    """Whether a text fits a pattern, in any case of letters."""
    expression = ".*".join(re.escape(part) for part in pattern.casefold().split("*"))
    return re.fullmatch(expression, text.casefold(), re.DOTALL) is not None
