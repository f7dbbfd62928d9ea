"""Where is the issuer that a chain lacks: in another of the Secrets and bundles that were read anyway?"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from kubectl_mtls.certs.certificate import Certificate, parse_certificates
from kubectl_mtls.certs.chain import certifies
from kubectl_mtls.certs.inspection import Inspection
from kubectl_mtls.certs.name import CanonicalName
from kubectl_mtls.certs.problem import ProblemCode
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.model.secret import Secret

_Place = tuple[Ref, str, Certificate]


def with_found_issuers(inspections: Sequence[Inspection], read: Iterable[Secret]) -> tuple[Inspection, ...]:
    """The same; who misses an issuer hears where one of the objects that were read has it."""
    if all(one.chain.missing_after is None for one in inspections):
        return tuple(inspections)
    places: Mapping[CanonicalName, list[_Place]] = defaultdict(list)
    for secret in read:
        for data_key, value in secret.data.items():
            for certificate in parse_certificates(value)[0]:
                places[certificate.subject.canonical].append((secret.ref, data_key, certificate))
    return tuple(_with_place(one, places) for one in inspections)


def _with_place(inspection: Inspection, places: Mapping[CanonicalName, Sequence[_Place]]) -> Inspection:
    chain = inspection.chain
    if chain.missing_after is None:
        return inspection
    child = chain.presented[chain.missing_after]
    found = (place for place in places.get(child.issuer.canonical, ()) if certifies(place[2], child))
    place = next((f"{data_key} of {ref.full}" for ref, data_key, _ in found if ref != inspection.ref), None)
    if place is None:
        return inspection
    told = (
        replace(one, message=f"{one.message}; it is in {place}") if one.code is ProblemCode.ISSUER_MISSING else one
        for one in inspection.problems
    )
    return replace(inspection, problems=tuple(told))
