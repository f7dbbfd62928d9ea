"""`inspect-secret` for people, its two lines of judgement: whose is the key, and does the chain hold, until when?"""

from collections.abc import Sequence
from datetime import datetime

from kubectl_mtls.certs.certificate import Certificate
from kubectl_mtls.certs.chain import weakest_link
from kubectl_mtls.certs.inspection import Inspection
from kubectl_mtls.certs.path import Verdict
from kubectl_mtls.certs.private_key import KeyState
from kubectl_mtls.certs.problem import ProblemCode
from kubectl_mtls.render.duration import render_duration
from kubectl_mtls.render.text import shorten

_MAX_NAMES = 80
_MOST_OTHERS = 2


def render_key(inspection: Inspection) -> str:
    """What kind of key it is, whether it belongs here, and whether it is this certificate's alone."""
    if inspection.key.state is not KeyState.GOOD:
        return _spoiled_key(inspection)
    belongs = {
        True: "belongs to the certificate",
        False: "does NOT belong to the certificate",
        None: "cannot be compared with the certificate",
    }[inspection.key_matches]
    words = [inspection.key.key_type or "private key", belongs]
    if inspection.key_renewed is not None:
        words.append("new at the last renewal" if inspection.key_renewed else "unchanged since the last renewal")
    if any(one.code is ProblemCode.SHARED_KEY for one in inspection.problems):
        words.append("shared with another certificate")
    return ", ".join(words)


def _spoiled_key(inspection: Inspection) -> str:
    """Why proxies have no key from it: as the finding says, else that there is none."""
    problems = (one.message for one in inspection.problems if one.code is ProblemCode.UNUSABLE_KEY)
    return next(problems, inspection.key.description)


def render_verdict(inspection: Inspection, now: datetime) -> list[str]:
    """The CHAIN line, and other ways to an anchor below it."""
    others = inspection.alternatives[:_MOST_OTHERS] if inspection.path else ()
    return [
        f"CHAIN   {_chain(inspection, now)}",
        *(f"        also {_verifies(path, now)}" for path in others),
    ]


def _verdict(inspection: Inspection) -> Verdict:
    verdicts = (inspection.client, inspection.server, inspection.signing)
    said = [verdict for verdict in verdicts if verdict.ok is not None]
    return next((verdict for verdict in said if verdict.ok), said[0] if said else verdicts[0])


def _chain(inspection: Inspection, now: datetime) -> str:
    if inspection.path:
        return _verifies(inspection.path, now)
    verdict = _verdict(inspection)
    missing = inspection.chain.missing()
    if verdict.ok is None:
        if not inspection.shown:
            return "no certificate"
        if not inspection.chain.anchors:
            reason = inspection.ca_unread or "there is no CA to ask"
            return f"cannot be verified: {reason}" + (f"; {missing}" if missing else "")
        return "cannot be verified"
    return f"does NOT verify: {verdict.fault.reason if verdict.fault else missing or 'no path to the CA'}"


def _verifies(path: Sequence[Certificate], now: datetime) -> str:
    """Where a path leads, and how long it lasts."""
    leaf, anchor, weakest = path[0], path[-1], weakest_link(path) or path[0]
    words = f"verifies to {shorten(anchor.subject.short, _MAX_NAMES)}"
    words += f"; ends in {render_duration(weakest.not_after - now)}"
    if weakest is leaf:
        return words
    return f"{words}, because {shorten(weakest.subject.short, _MAX_NAMES)} ends before its leaf"
