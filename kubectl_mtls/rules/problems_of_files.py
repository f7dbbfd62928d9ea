"""What can be wrong with the files of a Secret: whether proxies can load certificate, CA, key and staple at all."""

from collections.abc import Mapping

from kubectl_mtls.certs.problem import ProblemCode
from kubectl_mtls.rules.problem_page import NEW_CHAIN, ROTATE, ProblemPage

PAGES: Mapping[ProblemCode, ProblemPage] = {
    ProblemCode.UNREADABLE_CERTIFICATE: ProblemPage(
        code="MTLS306",
        summary="Proxies cannot read the certificate chain",
        checks=(
            "The PEM of the chain as Envoy's BoringSSL reads it, block by block: labels, base64, DER, and "
            "nothing behind it. A chain in another form (DER, PKCS #12, base64 twice) is named."
        ),
        why=(
            "Envoy refuses the whole value, keeps what it had, and has nothing after its next restart. istiod "
            "looks at the first block only and often says nothing."
        ),
        fix=NEW_CHAIN,
    ),
    ProblemCode.UNREADABLE_CA: ProblemPage(
        code="MTLS307",
        summary="Proxies cannot read the CA",
        checks="The PEM of the CA as Envoy's BoringSSL reads it.",
        why=(
            "One bad block spoils all: Envoy says `Failed to load trusted CA certificates` and takes none of "
            "them, so that nobody is trusted."
        ),
        fix=ROTATE,
    ),
    ProblemCode.UNREADABLE_STAPLE: ProblemPage(
        code="MTLS308",
        summary="Proxies cannot read the OCSP staple",
        checks="`tls.ocsp-staple` beside `tls.crt`.",
        why="Envoy refuses the pair because of the staple, although certificate and key are sound.",
        fix=(
            "kubectl patch secret {name} -n {namespace} --type json -p "
            '\'[{{"op":"remove","path":"/data/tls.ocsp-staple"}}]\''
        ),
    ),
    ProblemCode.UNUSABLE_KEY: ProblemPage(
        code="MTLS309",
        summary="Proxies cannot use the private key",
        checks=(
            "The first PEM block of a private key: whether it is there, whole, of the kind that its label "
            "says, and not encrypted. The key is never shown."
        ),
        why="Envoy cannot ask for a passphrase and does not guess. Without the key there is no handshake.",
        fix=ROTATE,
    ),
    ProblemCode.KEY_MISMATCH: ProblemPage(
        code="MTLS310",
        summary="The private key belongs to another certificate",
        checks=("The public half of the key beside that of the first certificate, which is the one that proxies show."),
        why=(
            "Envoy refuses the pair (KEY_VALUES_MISMATCH) and keeps the one before: all goes on until it "
            "restarts or the old one ends. It comes of a chain in the wrong order, or of two renewals mixed."
        ),
        fix=ROTATE,
    ),
    ProblemCode.UNSUITABLE_LEAF: ProblemPage(
        code="MTLS311",
        summary="The certificate cannot serve a TLS handshake",
        checks=(
            "What Envoy demands of a leaf: RSA of 2048 bits or P-256, P-384, keyUsage with digitalSignature, "
            "a name, and a chain short enough for a handshake."
        ),
        why=(
            "OpenSSL verifies many of these, so that tests with it pass; proxies refuse them when they load "
            "the pair, or at every handshake."
        ),
        fix=NEW_CHAIN,
    ),
    ProblemCode.IRREGULAR_PEM: ProblemPage(
        code="MTLS315",
        summary="Some engines read the PEM text otherwise than others",
        checks="Blank lines inside a PEM block.",
        why=(
            "Proxies read the block, OpenSSL does not: tools on a laptop and the mesh then disagree about the "
            "same file."
        ),
        fix=ROTATE,
    ),
}
