"""What can be wrong between a leaf and its CA: dates, issuers, revocation, and what a certificate may be used for."""

from collections.abc import Mapping

from kubectl_mtls.certs.problem import ProblemCode
from kubectl_mtls.rules.problem_page import NEW_CHAIN, ROTATE, ProblemPage

PAGES: Mapping[ProblemCode, ProblemPage] = {
    ProblemCode.ENDS_BEFORE_LEAF: ProblemPage(
        code="MTLS312",
        summary="A certificate above the leaf ends before it",
        checks="Every certificate of the path from the leaf to the anchor.",
        why=(
            "All handshakes fail on the day on which the first of them ends. Most monitors look at the leaf "
            "and say that all is well for weeks to come."
        ),
        fix=NEW_CHAIN,
    ),
    ProblemCode.UNSUITABLE_CA: ProblemPage(
        code="MTLS313",
        summary="A certificate of the path may not issue certificates",
        checks="basicConstraints, keyUsage, path lengths and name constraints of every issuer on the path.",
        why=(
            "The path is refused although every signature is right. As the mesh's own CA such a certificate "
            "signs leaves that no proxy accepts."
        ),
        fix=NEW_CHAIN,
    ),
    ProblemCode.UNSUITABLE_ANCHOR: ProblemPage(
        code="MTLS314",
        summary="The trust anchor is not one for every engine",
        checks=(
            "An anchor that is no root, and what Envoy overlooks in an anchor while OpenSSL does not (its "
            "path length, its usages, missing basicConstraints)."
        ),
        why=(
            "Proxies stop at any certificate that they trust. A peer with OpenSSL, Java or Go may refuse the "
            "same files; and an intermediate as anchor breaks when it is renewed."
        ),
        fix="use the CA's root",
    ),
    ProblemCode.REVOKED: ProblemPage(
        code="MTLS316",
        summary="A revocation list refuses the path",
        checks=("The CRL of the Secret that supplies the CA (`ca.crl` or `crl`): its dates, its issuers, its serials."),
        why=(
            "With a CRL proxies demand one for every CA of the path, and a fresh one: one that is missing or "
            "has ended refuses everybody, not only who was revoked."
        ),
        fix=ROTATE,
    ),
    ProblemCode.EXPIRED: ProblemPage(
        code="MTLS317",
        summary="A certificate of the path has expired",
        checks="The dates of every certificate that a handshake needs.",
        why="Handshakes fail now. Connections that are open go on, so that the outage comes bit by bit.",
        fix=ROTATE,
    ),
    ProblemCode.EXPIRED_EXTRA: ProblemPage(
        code="MTLS318",
        summary="A certificate that is not needed has expired",
        checks="Certificates in the chain or CA that the path does not use.",
        why=("Proxies do not mind. Some clients choose the expired one all the same, and monitors count it."),
        fix=NEW_CHAIN,
    ),
    ProblemCode.NOT_YET_VALID: ProblemPage(
        code="MTLS319",
        summary="A certificate of the path is not valid yet",
        checks="notBefore of every certificate that a handshake needs.",
        why="Handshakes fail until then: the issuer's clock goes ahead, or that of the nodes is behind.",
        fix="check the issuer's clock",
    ),
    ProblemCode.ISSUER_MISSING: ProblemPage(
        code="MTLS320",
        summary="The issuer of a certificate is missing",
        checks=(
            "Whether every certificate has its issuer in the chain or in the CA. Where another of the Secrets and "
            "bundles that were read holds it, the finding says which."
        ),
        why=(
            "Browsers fetch or remember intermediates, proxies do not: what works there fails in the mesh "
            "with `unable to get local issuer certificate`."
        ),
        fix=NEW_CHAIN,
    ),
    ProblemCode.UNTRUSTED_CHAIN: ProblemPage(
        code="MTLS321",
        summary="The chain does not lead to the CA",
        checks="The path that Envoy would build with exactly these certificates, signatures included.",
        why=(
            "Whoever trusts this CA refuses this certificate. It comes of a CA that was renewed with a new "
            "key while leaves stayed, or of files of two PKIs."
        ),
        fix=NEW_CHAIN,
    ),
    ProblemCode.ONE_ROLE_ONLY: ProblemPage(
        code="MTLS322",
        summary="The certificate is good for one role only",
        checks="The verdicts as TLS client and as TLS server.",
        why=(
            "Nothing is wrong with a client certificate that is no server certificate. It matters where it is "
            "used as the other: public authorities no longer issue certificates with clientAuth."
        ),
        fix="nothing, if that is its role",
    ),
}
