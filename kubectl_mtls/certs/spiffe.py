"""Which workload a SPIFFE ID names.

https://github.com/spiffe/spiffe/blob/main/standards/SPIFFE-ID.md section 2; Istio's form
`spiffe://<trust domain>/ns/<namespace>/sa/<service account>` from pkg/spiffe/spiffe.go.
"""

import re
from dataclasses import dataclass

_ISTIO = re.compile(r"spiffe://([^/]+)/ns/([^/]+)/sa/([^/]+)")
_ANY = re.compile(r"spiffe://([^/?#@:]+)((?:/[^/?#]+)*)")


@dataclass(frozen=True, slots=True)
class SpiffeId:
    """The identity of a workload of an Istio mesh."""

    trust_domain: str
    namespace: str
    service_account: str

    def __str__(self) -> str:
        return f"spiffe://{self.trust_domain}/ns/{self.namespace}/sa/{self.service_account}"


@dataclass(frozen=True, slots=True)
class ForeignSpiffeId:
    """A SPIFFE ID that is not of Istio's form; `path` is empty or begins with a slash."""

    trust_domain: str
    path: str

    def __str__(self) -> str:
        return f"spiffe://{self.trust_domain}{self.path}"


def parse_spiffe_id(uri: str) -> SpiffeId | ForeignSpiffeId | None:
    """The identity in a URI; None when it is no SPIFFE ID (another scheme, a port, a query, an empty segment)."""
    if generic := _ANY.fullmatch(uri):
        if istio := _ISTIO.fullmatch(uri):
            return SpiffeId(*istio.groups())
        return ForeignSpiffeId(generic[1], generic[2])
    return None
