"""What can be wrong in the order and number of certificates in one value."""

from collections.abc import Mapping

from kubectl_mtls.certs.problem import ProblemCode
from kubectl_mtls.rules.problem_page import NEW_CHAIN, ProblemPage

PAGES: Mapping[ProblemCode, ProblemPage] = {
    ProblemCode.WRONG_ORDER: ProblemPage(
        code="MTLS323",
        summary="The chain is not in order",
        checks=(
            "Whether each certificate is issued by the next one (RFC 8446, 4.4.2), and whether another one of the "
            "issuer's name, expired or of another key, stands in front of the right one."
        ),
        why=(
            "Proxies take the first certificate for the leaf and sort the rest out; other engines, and older "
            "ones, do not. Of several issuers of one name proxies try the first that fits, and no other."
        ),
        fix=NEW_CHAIN,
    ),
    ProblemCode.EXTRA_CERTIFICATE: ProblemPage(
        code="MTLS324",
        summary="A certificate belongs to no path of the leaf",
        checks="Certificates in the chain that neither the leaf nor one of its issuers needs.",
        why="They cost bytes in every handshake, and hide which chain was meant.",
        fix=NEW_CHAIN,
    ),
    ProblemCode.DUPLICATE_CERTIFICATE: ProblemPage(
        code="MTLS325",
        summary="A certificate is there twice",
        checks="Equal certificates in one value.",
        why="It costs bytes in every handshake. Most often two files were put together twice.",
        fix=NEW_CHAIN,
    ),
    ProblemCode.ROOT_IN_CHAIN: ProblemPage(
        code="MTLS326",
        summary="The root is sent along, which no peer needs",
        checks="Roots in the chain that is shown to peers.",
        why=(
            "A peer trusts only the root that it has. Sending it makes handshakes bigger and hides that a "
            "peer lacks it."
        ),
        fix=NEW_CHAIN,
    ),
    ProblemCode.EXPIRED_TWIN_FIRST: ProblemPage(
        code="MTLS330",
        summary="An expired root stands in front of its successor with the same key",
        checks=(
            "Roots of one name and one key in a CA, in the order in which they stand. istiod's own rotation "
            "makes such twins."
        ),
        why=(
            "Proxies take the first that fits and refuse every certificate under it as expired, although a "
            "valid one stands behind."
        ),
        fix="put the new root in front of the old one",
    ),
}
