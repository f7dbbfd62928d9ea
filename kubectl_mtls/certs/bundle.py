"""What is wrong with trust anchors that stand for themselves: a CA credential, a ConfigMap, a ClusterTrustBundle.

Proxies take the first anchor that fits by name and key, so that of two roots with one key, as istiod's own rotation
makes them, an expired one must not come first.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from kubectl_mtls.certs.certificate import Certificate
from kubectl_mtls.certs.path import may_issue
from kubectl_mtls.certs.private_key import public_fingerprint
from kubectl_mtls.certs.problem import Problem, ProblemCode

_MOST = 5


def bundle_problems(anchors: Sequence[tuple[str, Certificate]], now: datetime) -> tuple[Problem, ...]:
    """Every problem of anchors, each given with its data key; not more than a handful of one kind."""
    if not anchors:
        return ()
    found = [*_untimely(anchors, now), *_unsuitable(anchors), *_duplicates(anchors), *_twins(anchors, now)]
    kinds = {problem.code: [one for one in found if one.code is problem.code] for problem in found}
    return tuple(problem for same in kinds.values() for problem in same[:_MOST])


def _untimely(anchors: Sequence[tuple[str, Certificate]], now: datetime) -> Iterator[Problem]:
    some = any(certificate.valid_at(now) for _, certificate in anchors)
    for data_key, certificate in anchors:
        if not certificate.valid_at(now):
            words = "has expired" if now >= certificate.not_after else "is not valid yet"
            code = ProblemCode.EXPIRED_EXTRA if some else ProblemCode.EXPIRED
            yield Problem(code, f'the anchor "{certificate.subject.short}" {words}', data_key)


def _unsuitable(anchors: Sequence[tuple[str, Certificate]]) -> Iterator[Problem]:
    for data_key, certificate in anchors:
        if not may_issue(certificate):
            words = "is no CA: it vouches for itself alone"
        elif not certificate.self_signed:
            words = "is an intermediate: trust ends when it is renewed, and OpenSSL asks for its issuer"
        else:
            continue
        yield Problem(ProblemCode.UNSUITABLE_ANCHOR, f'the anchor "{certificate.subject.short}" {words}', data_key)


def _duplicates(anchors: Sequence[tuple[str, Certificate]]) -> Iterator[Problem]:
    seen: set[tuple[str, bytes]] = set()
    for data_key, certificate in anchors:
        if (data_key, certificate.der) in seen:
            yield Problem(ProblemCode.DUPLICATE_CERTIFICATE, f'"{certificate.subject.short}" is there twice', data_key)
        seen.add((data_key, certificate.der))


def _twins(anchors: Sequence[tuple[str, Certificate]], now: datetime) -> Iterator[Problem]:
    first: dict[tuple[object, ...], Certificate] = {}
    for data_key, certificate in anchors:
        identity = (data_key, certificate.subject.canonical, public_fingerprint(certificate))
        twin = first.setdefault(identity, certificate)
        if not twin.valid_at(now) and certificate.valid_at(now):
            message = (
                f'of two roots "{certificate.subject.short}" with one key the expired one comes first: '
                "proxies take it and refuse what it signed; put the new one in front"
            )
            yield Problem(ProblemCode.EXPIRED_TWIN_FIRST, message, data_key)
