"""What can be wrong with a Secret as a whole: its data keys, who takes it, and who else has its key."""

from collections.abc import Mapping

from kubectl_mtls.certs.problem import ProblemCode
from kubectl_mtls.rules.problem_page import ROTATE, ProblemPage

_HEAD = """
apiVersion: v1
kind: Secret
metadata:
  name: partner-cert
  namespace: shop
type: Opaque
"""
_WRONG_KEYS = f"{_HEAD}stringData:\n  client.crt: not shown\n  client.key: not shown\n"
_RIGHT_KEYS = f"{_HEAD}stringData:\n  tls.crt: not shown\n  tls.key: not shown\n"
_NO_BASE64 = f"{_HEAD}data:\n  tls.crt: '*** to be filled in ***'\n"
_TWO_LAYOUTS = f"{_HEAD}stringData:\n  cert: an old one\n  key: not shown\n  tls.crt: a new one\n  tls.key: not shown\n"

PAGES: Mapping[ProblemCode, ProblemPage] = {
    ProblemCode.NOT_DELIVERED: ProblemPage(
        code="MTLS301",
        summary="istiod does not deliver the Secret",
        checks=(
            "The data keys that istiod looks for: `cert` and `key`, else `tls.crt` and `tls.key`; for a CA "
            "`cacert`, else `ca.crt`. The message is istiod's own."
        ),
        why=(
            "istiod sends nothing to the proxy that asks. A gateway's listener stays without certificate and "
            "resets connections, a client answers 503 with `Secret is not supplied by SDS`."
        ),
        fix=ROTATE,
        example=_WRONG_KEYS,
        better=_RIGHT_KEYS,
    ),
    ProblemCode.WARNED_ABOUT: ProblemPage(
        code="MTLS302",
        summary="istiod delivers the Secret, but logs a warning at every push",
        checks=(
            "The first certificate of the chain or CA, as istiod's ValidateCertificate reads it: PEM, X.509, its dates."
        ),
        why=(
            "istiod sends the certificate all the same, and the proxy may refuse it and keep the one before, "
            "until it restarts. Whoever looks at istiod's log finds the warning there."
        ),
        fix=ROTATE,
    ),
    ProblemCode.NO_CA: ProblemPage(
        code="MTLS303",
        summary="There is no CA, so the other side cannot be verified with it",
        checks=("Whether `cacert` or `ca.crt` is in the Secret, or there is a Secret of the name with `-cacert`."),
        why=(
            "SIMPLE at a gateway needs none. MUTUAL waits for one: neither a client with this credential nor "
            "a gateway that demands client certificates comes up without it."
        ),
        fix=ROTATE,
        example=_RIGHT_KEYS,
        better=f"{_RIGHT_KEYS}  ca.crt: not shown\n",
    ),
    ProblemCode.SIGNING_CA_REFUSED: ProblemPage(
        code="MTLS304",
        summary="istiod does not load the signing CA",
        checks=(
            "Secret `cacerts` or `istio-ca-secret` in istiod's namespace, as istiod loads it when it starts: "
            "all files there, the key its own, the chain leading to the root. The message is istiod's own."
        ),
        why=(
            "A running istiod goes on with the CA that it has; the next one does not start, or makes a root "
            "of its own that no other cluster knows."
        ),
        fix="put a complete CA bundle in: ca-cert.pem, ca-key.pem, cert-chain.pem and root-cert.pem",
    ),
    ProblemCode.UNREADABLE_DATA: ProblemPage(
        code="MTLS305",
        summary="A value is no base64",
        checks="Every value of `data` in a manifest.",
        why="The API server refuses the whole manifest, so that the change which it holds never arrives.",
        fix=ROTATE,
        example=_NO_BASE64,
        better=_RIGHT_KEYS,
    ),
    ProblemCode.TWO_LAYOUTS: ProblemPage(
        code="MTLS327",
        summary="The Secret holds two layouts, and only one is served",
        checks="Secrets with both `cert` and `tls.crt` whose values differ.",
        why=(
            "istiod takes `cert`, `key` and `cacert` where they are there. A tool that renews `tls.crt`, as "
            "cert-manager does, then renews what nobody serves, and the old certificate expires in "
            "everybody's sight."
        ),
        fix="remove the data keys of the pair that is not wanted",
        example=_TWO_LAYOUTS,
        better=_RIGHT_KEYS,
    ),
    ProblemCode.KEY_IN_ANNOTATION: ProblemPage(
        code="MTLS328",
        summary="kubectl's last-applied annotation repeats the private key",
        checks=(
            "The annotation `kubectl.kubernetes.io/last-applied-configuration` of Secrets that `kubectl apply` made."
        ),
        why=(
            "Metadata is read by more people and tools than Secrets are, and shown more freely. After a "
            "rotation the annotation still holds the old key."
        ),
        fix=("kubectl annotate secret {name} -n {namespace} kubectl.kubernetes.io/last-applied-configuration-"),
    ),
    ProblemCode.NO_CREDENTIAL: ProblemPage(
        code="MTLS329",
        summary="It holds a CA and no certificate to show",
        checks=(
            "Secrets with a CA and none of the data keys of a pair, and ConfigMaps whose keys are not those "
            "that istiod takes."
        ),
        why=(
            "As a CA for SIMPLE it is complete. Where a certificate is to be shown (MUTUAL, a gateway's "
            "server) istiod delivers nothing."
        ),
        fix="nothing, if that is its use",
    ),
    ProblemCode.SHARED_KEY: ProblemPage(
        code="MTLS331",
        summary="Several certificates share one private key",
        checks="The public halves of the keys of all Secrets that were looked at.",
        why=(
            "Who has one of the Secrets can play all of their owners, and a leak at one place is a leak at "
            "all. Copies of one certificate do not count."
        ),
        fix=ROTATE,
    ),
    ProblemCode.KEPT_KEY: ProblemPage(
        code="MTLS332",
        summary="The last renewal kept the private key",
        checks="The key beside the one in the undo Secret that `rotate` kept.",
        why="A renewal with the old key heals no leak: who had a copy can use the new certificate too.",
        fix=ROTATE,
    ),
    ProblemCode.PUBLISHED_KEY: ProblemPage(
        code="MTLS347",
        summary="A private key lies where CAs are published",
        checks="The CA of Secrets, and every data key of ConfigMaps: whether a PEM block of a private key is in it.",
        why=(
            "A CA is copied into namespaces, images and bundles for everybody who is to trust it, and a ConfigMap "
            "is no secret at all. Whoever reads it can play the key's owner, or issue certificates with a CA's key."
        ),
        fix="take the key out of it, and replace the key and its certificates: others may have it",
    ),
}
