"""`status --advice` for people: who should control the certificates of each group of connections, why, and one step."""

import textwrap
from collections.abc import Iterator, Sequence
from datetime import datetime

from kubectl_mtls.posture.mesh.advice import Advice, Fact, Group, Reason, Way
from kubectl_mtls.render.duration import render_duration
from kubectl_mtls.render.text import escape

_COLUMNS = 100
_SENTENCES = {
    Fact.ISTIOD_SIGNS: "istiod signs with a root of its own, delivers key and certificate, and renews them by itself",
    Fact.COMPANY_SIGNS: "workload certificates come from a CA of yours already ({about}); istiod delivers and renews",
    Fact.POLICY_ALLOWS: "{about} allows this CA",
    Fact.POLICY_REFUSES: "{about} does not allow this CA for signing",
    Fact.CA_NOT_READ: "the signing certificate was not read: when it ends, and how often it is renewed, is UNKNOWN",
    Fact.CA_NOT_KNOWN: "which CA signs could not be seen",
    Fact.MUTUAL_INSIDE: (
        "the server is a service of the mesh, whose sidecar takes certificates of the mesh's own root only: "
        "a company's CA belongs under istiod, not into MUTUAL"
    ),
    Fact.WITHOUT_PROXY: "pods without a proxy have no certificate at all, in {about}",
    Fact.CLIENT_CERTIFICATE: "clients show {about} there; istiod issues certificates for the mesh only",
    Fact.SERVER_CERTIFICATE: "whoever calls sees {about}; istiod issues certificates for the mesh only",
    Fact.KEEPER: "{about} renews it",
    Fact.NO_KEEPER: "nothing renews it",
    Fact.ISSUER_AT_HAND: "cert-manager is here already, and renews other certificates",
    Fact.OFTEN_DUE: "it is due too often for a hand",
    Fact.SELDOM_DUE: "it is due seldom",
    Fact.NO_ISSUER: "no cert-manager was seen that could do it",
    Fact.NOT_READ: "who renews it is UNKNOWN: {about}",
    Fact.NOBODY_ASKS: "who renews it is UNKNOWN: {about}",
    Fact.UNSOUND: "it is {about} now",
    Fact.DROPPED: "sidecars ignore it: {about} has no workloadSelector",
}


def render_advice(advice: Sequence[Advice], now: datetime) -> str:
    """A paragraph for each group."""
    lines = ["ADVICE   who should control the certificates"]
    for one in advice:
        lines += _paragraph(one, now)
    return "".join(f"{escape(line)}\n" for line in lines)


def _paragraph(one: Advice, now: datetime) -> Iterator[str]:
    name = one.group.value + (f" {one.name}" if one.name else "")
    yield f"{name}   {one.now.value} -> {one.best.value}" if one.changes else f"{name}   {one.best.value}{_stays(one)}"
    yield from _filled("why", "; ".join(map(reason_words, one.reasons)))
    yield from _filled("by hand", renewal_words(one.renewals))
    if one.ends_at is not None:
        left = f"in {render_duration(one.ends_at - now)}" if one.ends_at > now else "already"
        what = one.ends_first or (str(one.secret) if one.secret else "")
        yield from _filled("ends first", f"{what}, {left} ({one.ends_at:%Y-%m-%d})")
    if step := step_words(one):
        yield f"  {'step':11}{step}"


def _stays(one: Advice) -> str:
    return "" if one.best is Way.UNKNOWN else ", as now"


def _filled(head: str, words: str) -> list[str]:
    """On as many lines as it takes; commands are never broken, since they are no part of this."""
    return textwrap.wrap(
        escape(words), _COLUMNS, initial_indent=f"  {head:11}", subsequent_indent=" " * 13, break_on_hyphens=False
    )


def reason_words(reason: Reason) -> str:
    """One reason as a sentence's part."""
    return _SENTENCES[reason.fact].format(about=reason.about)


def renewal_words(renewals: float | None) -> str:
    """What renewing costs in a year."""
    if renewals is None:
        return "UNKNOWN"
    if renewals == 0:
        return "no renewals"
    if renewals < 1:
        return f"a renewal every {1 / renewals:.1f} years"
    return f"{renewals:.1f} renewals a year"


def step_words(one: Advice) -> str | None:
    """What moves one step towards the advice: a command where there is one."""
    if one.group is Group.INSIDE:
        return _step_inside(one)
    if one.secret is None:
        return None
    name, namespace = one.secret.name, one.secret.namespace
    facts = {reason.fact for reason in one.reasons}
    if Fact.NOBODY_ASKS in facts:
        return "kubectl mtls status --advice -A"
    if one.best is Way.AUTOMATIC and one.rule:
        return f"kubectl mtls switch-mode dr/{one.rule.name} -n {one.rule.namespace} --to ISTIO_MUTUAL"
    if Fact.UNSOUND in facts and one.best is Way.UNKNOWN:
        files = "--cert CERT.pem --key KEY.pem --ca CA.pem"
        return f"kubectl mtls rotate secret/{name} -n {namespace} --create {files}"
    if one.best is Way.UNKNOWN:
        return f"kubectl mtls inspect-secret {name} -n {namespace}"
    if one.changes:
        return f"create a Certificate of cert-manager with secretName {name} in namespace {namespace}, from your issuer"
    if one.best is Way.BY_HAND:
        return f"kubectl mtls rotate secret/{name} -n {namespace} --cert NEW.pem --key NEW.key --ca CA.pem"
    return None


def _step_inside(one: Advice) -> str | None:
    facts = {reason.fact for reason in one.reasons}
    if one.changes:
        return "put an intermediate of the company's root into secret/cacerts, both roots into its root-cert.pem"
    return "kubectl mtls status --advice --read-ca" if Fact.CA_NOT_READ in facts else None
