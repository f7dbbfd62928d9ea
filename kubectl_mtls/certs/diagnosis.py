"""What is wrong with an inspected Secret: from the answers to the problems, worst first."""

from collections.abc import Iterator
from datetime import datetime

from kubectl_mtls.certs.bundle import bundle_problems
from kubectl_mtls.certs.certificate import CertificateProblem
from kubectl_mtls.certs.chain_problems import chain_problems
from kubectl_mtls.certs.inspection import Inspection
from kubectl_mtls.certs.layout import PAIR_KEYS, Role
from kubectl_mtls.certs.misfiled import misfiled
from kubectl_mtls.certs.path import TlsRole, may_issue
from kubectl_mtls.certs.pem import read_blocks
from kubectl_mtls.certs.private_key import KeyState
from kubectl_mtls.certs.problem import Problem, ProblemCode
from kubectl_mtls.model.kind import CONFIG_MAP

_NOT_FOUND = (KeyState.NO_BLOCK, KeyState.DAMAGED)  # of a key that was found nothing else stands in its place
_LEFTOVERS = {"cert": "tls.crt", "tls.crt": "cert"}


def diagnose(inspection: Inspection, now: datetime) -> tuple[Problem, ...]:
    """Every problem, errors first; none of them twice."""
    found = [
        *_of_data(inspection),
        *_of_delivery(inspection),
        *_of_files(inspection),
        *_of_key(inspection),
        *_of_verdicts(inspection),
        *chain_problems(inspection, now),
        *bundle_problems([(one.data_key, one.certificate) for one in inspection.bundle], now),
    ]
    return tuple(sorted(dict.fromkeys(found), key=lambda problem: problem.severity.rank))


def _of_data(inspection: Inspection) -> Iterator[Problem]:
    secret, layout = inspection.secret, inspection.layout
    for data_key, reason in secret.problems.items():
        yield Problem(ProblemCode.UNREADABLE_DATA, f"{data_key} {reason}", data_key)
    if secret.last_applied_has_key:
        message = "the annotation of kubectl apply repeats the private key, for everybody who may read metadata"
        yield Problem(ProblemCode.KEY_IN_ANNOTATION, message)
    for data_key in _published(inspection):
        if any(block.label.endswith("PRIVATE KEY") for block in read_blocks(secret.data[data_key])):
            message = f"{data_key} holds a private key too, and is given to everybody who is to trust the CA"
            yield Problem(ProblemCode.PUBLISHED_KEY, message, data_key)
    used = layout.certificate_key or ""
    other = _LEFTOVERS.get(used)
    is_pair = inspection.role is Role.CREDENTIAL
    if is_pair and other and secret.data.get(other) and secret.data[other] != secret.data.get(used):
        yield Problem(ProblemCode.TWO_LAYOUTS, f"istiod takes {used}; {other} is another one and ignored", other)


def _published(inspection: Inspection) -> Iterator[str]:
    """The data keys that are copied to others as they are."""
    data, ca = inspection.secret.data, inspection.layout.ca_key
    return (key for key in data if inspection.ref.kind == CONFIG_MAP or key == ca)


def _of_delivery(inspection: Inspection) -> Iterator[Problem]:
    error, layout = inspection.istiod.error, inspection.layout
    if inspection.istiod.accepted is False and error and _is_ca_only(inspection):
        yield Problem(ProblemCode.NO_CREDENTIAL, f"istiod delivers no certificate from it: {error}")
    elif inspection.istiod.accepted is False and error:
        signing = inspection.role in (Role.PLUGGED_CA, Role.SELF_SIGNED_CA)
        yield Problem(ProblemCode.SIGNING_CA_REFUSED if signing else ProblemCode.NOT_DELIVERED, error)
    elif error:
        data_key = layout.ca_key if inspection.role is Role.CA_CREDENTIAL else layout.certificate_key
        yield Problem(ProblemCode.WARNED_ABOUT, f"istiod logs at every push: {error}", data_key, 0)
    if inspection.role is Role.CREDENTIAL and layout.certificate_key and layout.ca_error:
        yield Problem(ProblemCode.NO_CA, f"no CA for MUTUAL: {layout.ca_error}")


def _is_ca_only(inspection: Inspection) -> bool:
    """Whether it was never meant to be a key pair, or is a bundle for others than istiod."""
    if inspection.role is Role.CA_CREDENTIAL:
        return inspection.ref.kind == CONFIG_MAP and not inspection.layout.ca_key and bool(inspection.bundle)
    if PAIR_KEYS & set(inspection.secret.data):
        return False
    return bool(inspection.layout.ca_key) or _holds_cas_alone(inspection)


def _holds_cas_alone(inspection: Inspection) -> bool:
    """As trust-manager writes into Secrets, under data keys that istiod does not know."""
    if any(b"PRIVATE KEY" in value for value in inspection.secret.data.values()):
        return False
    return bool(inspection.certificates) and all(one.certificate.is_ca for one in inspection.certificates)


def _of_files(inspection: Inspection) -> Iterator[Problem]:
    layout = inspection.layout
    chain, ca = layout.certificate_key, layout.ca_key
    if chain:
        yield from _unreadable(ProblemCode.UNREADABLE_CERTIFICATE, inspection.chain_problems, chain)
        if not inspection.chain.presented:
            message = f"{chain} holds no certificate in PEM form{_instead(inspection, chain)}"
            yield Problem(ProblemCode.UNREADABLE_CERTIFICATE, message, chain)
    if ca:
        yield from _unreadable(ProblemCode.UNREADABLE_CA, inspection.ca_problems, ca)
        if not inspection.chain.anchors:
            message = f"{ca} holds no certificate in PEM form{_instead(inspection, ca)}"
            yield Problem(ProblemCode.UNREADABLE_CA, message, ca)
    for data_key in inspection.blank_lines:
        message = f"{data_key} has blank lines inside a PEM block: proxies read it, OpenSSL does not"
        yield Problem(ProblemCode.IRREGULAR_PEM, message, data_key)


def _instead(inspection: Inspection, data_key: str) -> str:
    """What it is that stands there."""
    if inspection.ca_secret not in (None, inspection.ref.name) and data_key == inspection.layout.ca_key:
        return ""
    found = inspection.disguises.get(data_key)
    if found is None and (other := misfiled(inspection.secret.data.get(data_key, b""))):
        return f"; it holds {other}"
    return f": it is {found.form}{' and asks for a passphrase' if found.locked else ''}" if found else ""


def _unreadable(code: ProblemCode, problems: tuple[CertificateProblem, ...], data_key: str) -> Iterator[Problem]:
    for problem in problems:
        message = f"{data_key} line {problem.line}: {problem.message}; proxies refuse the whole"
        yield Problem(code, message, data_key, problem.index)


def _of_key(inspection: Inspection) -> Iterator[Problem]:
    data_key = inspection.layout.private_key_key
    if data_key and not inspection.key.usable:
        instead = _instead(inspection, data_key) if inspection.key.state in _NOT_FOUND else ""
        message = f"{inspection.key.description}{instead}"
        yield Problem(ProblemCode.UNUSABLE_KEY, message, data_key)
    if inspection.key_matches is False:
        message = "the private key does not belong to the first certificate"
        if inspection.chain.leaf:
            message += f" but to the one at index {inspection.chain.leaf}"
        yield Problem(ProblemCode.KEY_MISMATCH, message, data_key)


def _of_verdicts(inspection: Inspection) -> Iterator[Problem]:
    client, server = inspection.client, inspection.server
    data_key = inspection.layout.certificate_key
    if client.fault and client.fault.code in (ProblemCode.UNREADABLE_CERTIFICATE, ProblemCode.UNREADABLE_CA):
        return  # said of the file already
    if client.fault and server.fault and client.fault.reason == server.fault.reason:
        yield Problem(client.fault.code, client.fault.reason, data_key, client.fault.place)
        return
    for role, verdict, other in ((TlsRole.CLIENT, client, server), (TlsRole.SERVER, server, client)):
        if verdict.fault:
            code = ProblemCode.ONE_ROLE_ONLY if other.ok else verdict.fault.code
            yield Problem(code, f"not for a TLS {role}: {verdict.fault.reason}", data_key, verdict.fault.place)
    signing = inspection.signing
    if signing.fault:
        yield Problem(signing.fault.code, signing.fault.reason, data_key, signing.fault.place)
    elif signing.ok and not may_issue(signing.path[0]):
        yield Problem(ProblemCode.UNSUITABLE_CA, "may not sign certificates: proxies refuse its leaves", data_key, 0)
