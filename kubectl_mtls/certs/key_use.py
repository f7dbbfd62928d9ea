"""Is a private key what only one certificate should have: its own, and a new one at each renewal.

Keys are compared by the fingerprint of their public half alone.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from kubectl_mtls.certs.inspection import Inspection
from kubectl_mtls.certs.layout import resolve_pair
from kubectl_mtls.certs.private_key import read_private_key
from kubectl_mtls.certs.problem import Problem, ProblemCode
from kubectl_mtls.model.phrase import first_of
from kubectl_mtls.model.secret import Secret

_MOST = 5


def with_shared_keys(inspections: Sequence[Inspection]) -> tuple[Inspection, ...]:
    """The same, each with a problem that names the others with its key. Copies of one certificate are no fault."""
    by_key: dict[str, list[Inspection]] = defaultdict(list)
    for one in inspections:
        if one.key.public_fingerprint and one.chain.presented:
            by_key[one.key.public_fingerprint].append(one)
    return tuple(_with_sharers(one, by_key.get(one.key.public_fingerprint or "", [])) for one in inspections)


def _with_sharers(inspection: Inspection, holders: Sequence[Inspection]) -> Inspection:
    others = [other for other in holders if other.ref != inspection.ref and not _same_leaf(other, inspection)]
    if not others:
        return inspection
    names = first_of([other.ref.full for other in others], _MOST)
    message = f"its private key is also that of another certificate, in {names}"
    problem = Problem(ProblemCode.SHARED_KEY, message, inspection.layout.private_key_key)
    return replace(inspection, problems=(*inspection.problems, problem))


def _same_leaf(one: Inspection, other: Inspection) -> bool:
    return one.chain.presented[:1] == other.chain.presented[:1]


def with_kept_key(inspection: Inspection, previous: Secret | None) -> Inspection:
    """The same, knowing whether the key is another than in `previous`, what the last renewal replaced."""
    if previous is None or inspection.layout.certificate_key not in previous.data:
        return inspection
    data_key = inspection.layout.private_key_key or resolve_pair(previous.data).private_key_key or ""
    before = previous.data.get(data_key)
    if before is not None and read_private_key(before).public_fingerprint != inspection.key.public_fingerprint:
        return replace(inspection, key_renewed=True)
    message = "the certificate was renewed, its private key is still the old one"
    problem = Problem(ProblemCode.KEPT_KEY, message, data_key)
    return replace(inspection, key_renewed=False, problems=(*inspection.problems, problem))
