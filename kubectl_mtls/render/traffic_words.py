"""What clients send and what comes of it, in the words of `status`."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from kubectl_mtls.posture.cluster.wire import Wire
from kubectl_mtls.posture.connection.verdict import Verdict
from kubectl_mtls.posture.mesh.callers import Callers
from kubectl_mtls.posture.mesh.decider import Decider
from kubectl_mtls.render.words import RECENT, changed_words

_SENT = {
    Wire.ISTIO_MUTUAL: "mTLS",
    Wire.HBONE: "HBONE",
    Wire.MUTUAL: "MUTUAL",
    Wire.SIMPLE: "SIMPLE",
    Wire.PLAINTEXT: "plain",
    Wire.MIXED: "mixed",
    Wire.UNKNOWN: "unknown",
}


def sent_words(clients: Iterable[Callers]) -> str:
    """`13 mTLS, 1 plain`: how many client workloads send what, the most first; `-` where nobody calls."""
    counts: Counter[Wire] = Counter()
    for one in clients:
        counts[one.connection.wire] += one.workloads
    order = list(_SENT)
    ordered = sorted(counts.items(), key=lambda one: (-one[1], order.index(one[0])))
    return ", ".join(f"{count} {_SENT[wire]}" for wire, count in ordered) or "-"


def counted_words(counts: Counter[Verdict]) -> str:
    """`13 mTLS, 1 FAILS`, the most first; `-` where nobody calls."""
    return ", ".join(f"{count} {verdict.value}" for verdict, count in counts.most_common()) or "-"


def result_word(verdict: Verdict | None) -> str:
    """The RESULT cell; `-` where there is nothing to tell."""
    return verdict.value if verdict else "-"


def decider_words(decider: Decider, namespace: str, now: datetime) -> str:
    """`destinationrule/ledger-plain (DISABLE, changed 40m ago)`, as seen from a namespace; else the circumstance."""
    if decider.gap is not None:
        return f"{decider.gap.kind.plural if decider.gap.kind else 'objects'} not readable"
    if decider.object is None:
        return decider.value
    changed = decider.object.changed(decider.field)
    is_recent = changed is not None and changed.at is not None and now - changed.at < RECENT
    words = [decider.value, *([changed_words(replace(changed, by=""), now)] if changed and is_recent else [])]
    return f"{decider.object.ref.seen_from(namespace)} ({', '.join(words)})"
