"""What a trust anchor's own extensions forbid. Proxies overlook it, OpenSSL and Go do not."""

from collections.abc import Sequence

from kubectl_mtls.certs.certificate import Certificate
from kubectl_mtls.certs.path import may_issue


def anchor_limit(path: Sequence[Certificate]) -> str | None:
    """What the anchor's own extensions forbid; None for nothing, and for a path of one certificate."""
    if len(path) < 2:
        return None
    anchor = path[-1]
    extensions = anchor.extensions
    below = sum(not certificate.self_issued for certificate in path[1:-1])
    if extensions.problem:
        return f"cannot be read: {extensions.problem}"
    if not may_issue(anchor):
        return "is no CA by its own basicConstraints"
    if extensions.path_length is not None and below > extensions.path_length:
        return f"allows {extensions.path_length} CAs below it, there are {below}"
    if extensions.unsupported_critical:
        return f"has the unknown critical extension {extensions.unsupported_critical[0]}"
    for purpose in ("clientAuth", "serverAuth"):
        if extensions.extended_usages is not None and purpose not in extensions.extended_usages:
            return f"has no {purpose} in its extended key usage"
    return None
