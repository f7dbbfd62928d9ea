"""Does a change go from DISABLE to STRICT in one step? Then requests are lost until every client knows (P02)."""

from collections.abc import Iterator

from kubectl_mtls.model.finding import Objection
from kubectl_mtls.model.modes import ServerMode
from kubectl_mtls.plan.objection import DISABLE_TO_STRICT, listed
from kubectl_mtls.plan.step import Step


def object_to_the_leap(step: Step) -> Iterator[Objection]:
    """One objection for all Services; for workloads where only ports change that no Service names."""
    found = [
        f"{change.name}{f':{change.port}' if change.port else ''} -n {change.namespace}"
        for change in step.effect.changed or step.effect.workloads
        if change.tightens and dict(change.before).get(ServerMode.DISABLE, 0)
    ]
    if found:
        yield DISABLE_TO_STRICT.objection(
            f"clients lose connections until they have heard of it: {listed(found)}",
            "go by --to PERMISSIVE, and wait until clients send mutual TLS",
        )
