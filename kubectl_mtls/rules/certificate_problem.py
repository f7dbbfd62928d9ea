"""What is wrong with a certificate Secret: the problems of an inspection as findings.

The judgement is made in certs/, by the rules of Envoy and istiod; here each kind of problem gets its code and its fix.
"""

from collections.abc import Iterator, Mapping

from kubectl_mtls.certs.inspection import Inspection
from kubectl_mtls.certs.problem import Problem, ProblemCode
from kubectl_mtls.model.finding import Finding
from kubectl_mtls.model.kind import SECRET
from kubectl_mtls.rules.rule import Rule

_ROTATE = "kubectl mtls rotate secret/{name} -n {namespace} --cert NEW.pem --key NEW.key --ca CA.pem"
_NEW_CHAIN = "get the certificate with its full chain from its issuer, then: " + _ROTATE

_TEXTS: Mapping[ProblemCode, tuple[str, str, str]] = {
    ProblemCode.NOT_DELIVERED: ("MTLS301", "istiod does not deliver the Secret", _ROTATE),
    ProblemCode.WARNED_ABOUT: ("MTLS302", "istiod delivers the Secret, but logs a warning at every push", _ROTATE),
    ProblemCode.NO_CA: ("MTLS303", "there is no CA, so the other side cannot be verified with it", _ROTATE),
    ProblemCode.SIGNING_CA_REFUSED: ("MTLS304", "istiod does not load the signing CA", "put a complete CA bundle in"),
    ProblemCode.UNREADABLE_DATA: ("MTLS305", "a value is no base64", _ROTATE),
    ProblemCode.UNREADABLE_CERTIFICATE: ("MTLS306", "proxies cannot read the certificate chain", _NEW_CHAIN),
    ProblemCode.UNREADABLE_CA: ("MTLS307", "proxies cannot read the CA", _ROTATE),
    ProblemCode.UNREADABLE_STAPLE: ("MTLS308", "proxies cannot read the OCSP staple", "remove key tls.ocsp-staple"),
    ProblemCode.UNUSABLE_KEY: ("MTLS309", "proxies cannot use the private key", _ROTATE),
    ProblemCode.KEY_MISMATCH: ("MTLS310", "the private key belongs to another certificate", _ROTATE),
    ProblemCode.UNSUITABLE_LEAF: ("MTLS311", "the certificate cannot serve a TLS handshake", _NEW_CHAIN),
    ProblemCode.ENDS_BEFORE_LEAF: ("MTLS312", "a certificate above the leaf ends before it", _NEW_CHAIN),
    ProblemCode.UNSUITABLE_CA: ("MTLS313", "a certificate of the path may not issue certificates", _NEW_CHAIN),
    ProblemCode.UNSUITABLE_ANCHOR: ("MTLS314", "the trust anchor is not one for every engine", "use the CA's root"),
    ProblemCode.IRREGULAR_PEM: ("MTLS315", "some engines read the PEM text otherwise than others", _ROTATE),
    ProblemCode.REVOKED: ("MTLS316", "a revocation list refuses the path", _ROTATE),
    ProblemCode.EXPIRED: ("MTLS317", "a certificate of the path has expired", _ROTATE),
    ProblemCode.EXPIRED_EXTRA: ("MTLS318", "a certificate that is not needed has expired", _NEW_CHAIN),
    ProblemCode.NOT_YET_VALID: ("MTLS319", "a certificate of the path is not valid yet", "check the issuer's clock"),
    ProblemCode.ISSUER_MISSING: ("MTLS320", "the issuer of a certificate is missing", _NEW_CHAIN),
    ProblemCode.UNTRUSTED_CHAIN: ("MTLS321", "the chain does not lead to the CA", _NEW_CHAIN),
    ProblemCode.ONE_ROLE_ONLY: ("MTLS322", "the certificate is good for one role only", "nothing, if that is its role"),
    ProblemCode.WRONG_ORDER: ("MTLS323", "the chain is not in order", _NEW_CHAIN),
    ProblemCode.EXTRA_CERTIFICATE: ("MTLS324", "a certificate belongs to no path of the leaf", _NEW_CHAIN),
    ProblemCode.DUPLICATE_CERTIFICATE: ("MTLS325", "a certificate is there twice", _NEW_CHAIN),
    ProblemCode.ROOT_IN_CHAIN: ("MTLS326", "the root is sent along, which no peer needs", _NEW_CHAIN),
    ProblemCode.TWO_LAYOUTS: ("MTLS327", "the Secret holds two layouts, and only one is served", _ROTATE),
    ProblemCode.KEY_IN_ANNOTATION: (
        "MTLS328",
        "kubectl's last-applied annotation repeats the private key",
        "kubectl annotate secret {name} -n {namespace} kubectl.kubernetes.io/last-applied-configuration-",
    ),
    ProblemCode.NO_CREDENTIAL: ("MTLS329", "it holds a CA and no certificate to show", "nothing, if that is its use"),
    ProblemCode.EXPIRED_TWIN_FIRST: (
        "MTLS330",
        "an expired root stands in front of its successor with the same key",
        "put the new root in front of the old one",
    ),
    ProblemCode.SHARED_KEY: ("MTLS331", "several certificates share one private key", _ROTATE),
    ProblemCode.KEPT_KEY: ("MTLS332", "the last renewal kept the private key", _ROTATE),
}

PROBLEM_RULES: Mapping[ProblemCode, Rule] = {
    problem: Rule(
        code=code,
        name=problem.value,
        severity=Problem(problem, "").severity,
        summary=f"{summary[0].upper()}{summary[1:]}",
        reads=(SECRET,),
        doc=f"{summary[0].upper()}{summary[1:]}.\n\nFix\n\n{fix.format(name='NAME', namespace='NAMESPACE')}\n",
    )
    for problem, (code, summary, fix) in _TEXTS.items()
}


def check_inspection(inspection: Inspection) -> Iterator[Finding]:
    """A finding for every problem of one inspected Secret, with the data key that it is about."""
    ref = inspection.ref
    for problem in inspection.problems:
        fix = _TEXTS[problem.code][2].format(name=ref.name, namespace=ref.namespace)
        yield PROBLEM_RULES[problem.code].finding(
            inspection.secret.metadata,
            f"data[{problem.data_key}]" if problem.data_key else "",
            problem.message,
            fix if ref.kind == SECRET else None,
            severity=problem.severity,
        )
