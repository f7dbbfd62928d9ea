"""What is a Secret fit for: its users' connections, a workload's identity, signing, trust.

Handshakes are judged in certs/; here come the names: a client compares the server's alternative names with the host it
calls (RFC 9525, the common name does not count), and the mesh wants one SPIFFE ID of its trust domain.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kubectl_mtls.certs.host import serves_host
from kubectl_mtls.certs.inspection import Inspection
from kubectl_mtls.certs.layout import Role
from kubectl_mtls.certs.path import Verdict, may_issue
from kubectl_mtls.certs.spiffe import SpiffeId
from kubectl_mtls.posture.credential.usage import Purpose, Usage

_KEY = "proxies refuse the pair for its key"


@dataclass(frozen=True, slots=True)
class Fitness:
    """One use, as `server for shop.example`. `ok` None: it cannot be told, `reason` says why."""

    use: str
    ok: bool | None
    reason: str = ""


def resolve_fitness(
    inspection: Inspection, usages: Sequence[Usage], trust_domains: frozenset[str] = frozenset()
) -> tuple[Fitness, ...]:
    """Every use that the kind of Secret can have; with its users' hosts where they are known.

    `trust_domains` are those whose identities the mesh accepts; none: nobody could tell.
    """
    match inspection.role:
        case Role.PLUGGED_CA | Role.SELF_SIGNED_CA:
            return (_signing(inspection),)
        case Role.CA_CREDENTIAL | Role.TRUST_BUNDLE:
            return (_anchor(inspection),)
    if not inspection.chain.presented and inspection.layout.certificate_key:
        return tuple(Fitness(use, False, "no certificate can be read") for use in ("client", "server"))
    if not inspection.chain.presented:
        return (_anchor(inspection),) if inspection.chain.anchors else ()
    return (*_as_client(inspection, usages), *_as_server(inspection, usages), *_identity(inspection, trust_domains))


def _as_client(inspection: Inspection, usages: Sequence[Usage]) -> Iterator[Fitness]:
    partners = [host for usage in usages if usage.purpose is Purpose.CLIENT for host in usage.towards]
    verdict = judge_handshake(inspection, inspection.client)
    for partner in dict.fromkeys(partners):
        yield Fitness(f"client of {partner}", *verdict)
    if not partners:
        yield Fitness("client", *verdict)


def _as_server(inspection: Inspection, usages: Sequence[Usage]) -> Iterator[Fitness]:
    hosts = [host for usage in usages if usage.purpose is Purpose.SERVER for host in usage.towards]
    ok, reason = judge_handshake(inspection, inspection.server)
    leaf = inspection.chain.presented[0]
    for host in dict.fromkeys(host.rpartition("/")[2] for host in hosts):
        named = serves_host(leaf, host)
        if ok and not named:
            yield Fitness(f"server for {host}", False, "the name is not among its alternative names")
        else:
            yield Fitness(f"server for {host}", ok, reason)
    if not hosts:
        yield Fitness("server", ok, reason)


def judge_handshake(inspection: Inspection, verdict: Verdict) -> tuple[bool | None, str]:
    """Whether a handshake with exactly these files would succeed, by its key too, and why not.

    `verdict` is that of the chain in one role. None: there is no pair, or no CA to ask.
    """
    if inspection.role is not Role.CREDENTIAL or not inspection.chain.presented:
        return verdict.ok, verdict.reason
    if not inspection.key.usable or inspection.key_matches is False:
        return False, _KEY
    if inspection.chain_problems:
        return False, inspection.chain_problems[0].message
    if verdict.ok is None:
        return None, inspection.ca_unread or "there is no CA to ask"
    return verdict.ok, verdict.reason


def _identity(inspection: Inspection, trust_domains: frozenset[str]) -> Iterator[Fitness]:
    """Only where it has a SPIFFE ID. Peers take those of the mesh's trust domain and its aliases."""
    identities = inspection.chain.presented[0].spiffe_ids
    if not identities:
        return
    use = f"workload identity {identities[0]}"
    uris = [san for san in inspection.chain.presented[0].sans if san.startswith("URI:")]
    if len(uris) > 1:
        yield Fitness(use, False, "it has several URIs, an identity has exactly one")
    elif not isinstance(identities[0], SpiffeId):
        yield Fitness(use, False, "the SPIFFE ID is not of the form spiffe://TRUST-DOMAIN/ns/NAMESPACE/sa/ACCOUNT")
    elif trust_domains and identities[0].trust_domain not in trust_domains:
        yield Fitness(use, False, f"the mesh's trust domain is {', '.join(sorted(trust_domains))}")
    else:
        client, server = judge_handshake(inspection, inspection.client), judge_handshake(inspection, inspection.server)
        yield Fitness(use, *(client if not client[0] else server))


def _signing(inspection: Inspection) -> Fitness:
    signing, error = inspection.signing, inspection.istiod.error
    if inspection.istiod.accepted is not True:
        return Fitness("signing CA", False if error else None, error or "istiod finds no CA bundle in it")
    if signing.ok and not may_issue(signing.path[0]):
        return Fitness("signing CA", False, "it may not sign certificates: proxies refuse its leaves")
    return Fitness("signing CA", signing.ok, signing.reason)


def _anchor(inspection: Inspection) -> Fitness:
    anchors = inspection.chain.anchors or tuple(found.certificate for found in inspection.bundle)
    problem = next((one for one in inspection.problems if one.severity.value == "error"), None)
    if problem:
        return Fitness("trust anchor", False, problem.message)
    return Fitness("trust anchor", bool(anchors), "" if anchors else "it holds no certificate")
