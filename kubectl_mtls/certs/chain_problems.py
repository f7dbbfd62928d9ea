"""What is wrong with a chain as a chain, whatever the verdict: its order, what is too much, what ends first."""

from collections.abc import Iterator
from datetime import datetime

from kubectl_mtls.certs.certificate import Certificate
from kubectl_mtls.certs.inspection import Inspection
from kubectl_mtls.certs.layout import Role
from kubectl_mtls.certs.problem import Problem, ProblemCode


def chain_problems(inspection: Inspection, now: datetime) -> Iterator[Problem]:
    """Every problem of anchors, order and dates."""
    yield from _of_anchor(inspection)
    yield from _of_chain(inspection)
    yield from _of_rivals(inspection)
    yield from _of_dates(inspection, now)


def _of_anchor(inspection: Inspection) -> Iterator[Problem]:
    """What Envoy lets pass in an anchor and others do not."""
    ca = inspection.layout.ca_key
    path = next((one.path for one in (inspection.client, inspection.server) if one.ok), ())
    is_rootless = bool(path) and not path[-1].self_issued
    if is_rootless:
        message = f'the CA "{path[-1].subject.short}" is no root: proxies stop there, OpenSSL asks for its issuer'
        yield Problem(ProblemCode.UNSUITABLE_ANCHOR, message, ca)
    said = {ProblemCode.UNREADABLE_CA} | ({ProblemCode.ISSUER_MISSING} if is_rootless else set())
    for verdict, strict in zip((inspection.client, inspection.server), inspection.openssl, strict=True):
        if verdict.ok and strict.fault and strict.fault.code not in said:
            message = f"proxies overlook it, OpenSSL does not: {strict.fault.reason}"
            yield Problem(ProblemCode.UNSUITABLE_ANCHOR, message, ca)


def _of_chain(inspection: Inspection) -> Iterator[Problem]:
    chain, data_key = inspection.chain, inspection.layout.certificate_key
    if inspection.role is not Role.CREDENTIAL:
        return
    for sentence in chain.order_problems():
        yield Problem(ProblemCode.WRONG_ORDER, sentence, data_key)
    is_said = ProblemCode.ISSUER_MISSING in {
        one.fault.code for one in (inspection.client, inspection.server) if one.fault
    }
    if chain.anchors and not is_said and (missing := chain.missing()):
        yield Problem(ProblemCode.ISSUER_MISSING, missing, data_key, chain.missing_after)
    for code, indexes, words in (
        (ProblemCode.EXTRA_CERTIFICATE, chain.extras, "belongs to no path of the leaf"),
        (ProblemCode.DUPLICATE_CERTIFICATE, chain.duplicates, "is there twice"),
        (ProblemCode.ROOT_IN_CHAIN, chain.roots, "is a root, which the other side needs to have itself"),
    ):
        for index in indexes[:3]:
            yield Problem(code, f'"{chain.presented[index].subject.short}" {words}', data_key, index)


def _of_rivals(inspection: Inspection) -> Iterator[Problem]:
    """Proxies take the first issuer that fits by its name, and never try another."""
    taken = inspection.client.path if inspection.client.fault else ()
    if inspection.path or not taken:
        return
    for other in inspection.alternatives:
        wrong, right = next(((a, b) for a, b in zip(taken, other, strict=False) if a.der != b.der), (None, None))
        if wrong and right:
            where = _place(inspection, right)
            message = f'proxies try the first "{wrong.subject.short}" alone: with that of {where} in front it verifies'
            yield Problem(ProblemCode.WRONG_ORDER, message, inspection.layout.certificate_key)


def _place(inspection: Inspection, certificate: Certificate) -> str:
    presented = [one.der for one in inspection.chain.presented]
    if certificate.der in presented:
        return f"{inspection.layout.certificate_key}, index {presented.index(certificate.der)}"
    return str(inspection.layout.ca_key)


def _of_dates(inspection: Inspection, now: datetime) -> Iterator[Problem]:
    path, weakest = inspection.path, inspection.weakest
    if weakest and weakest.not_after < path[0].not_after:
        message = f'"{weakest.subject.short}" ends before the certificate that rests on it'
        yield Problem(ProblemCode.ENDS_BEFORE_LEAF, message)
    used = (inspection.layout.certificate_key, inspection.layout.ca_key)
    there = {certificate.sha256 for certificate in path}
    for found in inspection.certificates:
        certificate = found.certificate
        if certificate.valid_at(now) or certificate.sha256 in there:
            continue
        if found.data_key in used:
            message = f'"{certificate.subject.short}" has expired or is not yet valid'
            yield Problem(ProblemCode.EXPIRED_EXTRA, message, found.data_key, found.index)
        elif _is_unjudged(inspection):
            expired = certificate.not_after <= now
            code = ProblemCode.EXPIRED if expired else ProblemCode.NOT_YET_VALID
            message = f'"{certificate.subject.short}" {"has expired" if expired else "is not valid yet"}'
            yield Problem(code, message, found.data_key, found.index)


def _is_unjudged(inspection: Inspection) -> bool:
    """Certificates without a key or a CA: no handshake can be asked about, so their dates are all that speaks."""
    verdicts = (inspection.client.ok, inspection.server.ok, inspection.signing.ok)
    return inspection.role is Role.CREDENTIAL and verdicts == (None, None, None)
