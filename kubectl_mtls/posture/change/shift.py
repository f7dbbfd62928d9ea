"""What becomes of a connection, before and after: how it ends at its endpoints, and how a failure looks."""

from dataclasses import dataclass, replace

from kubectl_mtls.model.gap import Gap
from kubectl_mtls.posture.change.client_pairs import Client
from kubectl_mtls.posture.connection.connection import Connection
from kubectl_mtls.posture.connection.explanation import symptoms_of
from kubectl_mtls.posture.connection.symptom import Symptom
from kubectl_mtls.posture.connection.verdict import Outcome, Verdict


@dataclass(frozen=True, slots=True)
class Answer:
    """What becomes of a connection. `failing` counts the endpoints at which it fails, of `total`.

    `symptom` is how that looks, `gap` what stands in the way of knowing.
    """

    outcome: Outcome
    failing: int = 0
    total: int = 1
    symptom: Symptom | None = None
    gap: Gap | None = None

    @property
    def verdict(self) -> Verdict:
        """All endpoints as one."""
        return self.outcome.verdict

    def differs(self, other: "Answer") -> bool:
        """Whether the two come to something else. Why something fails does not matter to who sees it fail."""
        return (self.verdict, self.failing) != (other.verdict, other.failing)


def answer_of(connection: Connection) -> Answer:
    """The answer of one connection."""
    outcome, results = connection.outcome, connection.results
    if outcome.verdict is Verdict.UNKNOWN:
        return Answer(outcome, gap=connection.gap)
    if not results:
        return Answer(outcome, failing=int(outcome.verdict is Verdict.FAILS), symptom=_symptom(connection))
    failing = sum(one.outcome.verdict is Verdict.FAILS for one in results)
    return Answer(outcome, failing, len(results), _symptom(connection) if failing else None)


def _symptom(connection: Connection) -> Symptom | None:
    return next(iter(symptoms_of(connection)), None)


@dataclass(frozen=True, slots=True)
class Shift:
    """Client workloads whose connections to one port of a host are the same before, and the same after.

    `clients` is empty for plaintext from wherever nobody has a proxy. `subset` is one that traffic is routed to.
    """

    host: str
    port: int
    subset: str | None
    clients: tuple[Client, ...]
    before: Answer
    after: Answer

    @property
    def client_names(self) -> list[str]:
        """`deployment/cart -n shop`, of each."""
        return [f"{kind.lower()}/{name} -n {namespace}" for namespace, kind, name in self.clients]

    @property
    def starts_to_fail(self) -> bool:
        """Whether it fails at more endpoints than before."""
        return self.after.failing > self.before.failing and self.before.verdict is not Verdict.UNKNOWN

    @property
    def is_mended(self) -> bool:
        """Whether it failed, and fails nowhere afterwards."""
        return bool(self.before.failing) and not self.after.failing and self.after.verdict is not Verdict.UNKNOWN

    @property
    def reversed(self) -> "Shift":
        """The way back."""
        return replace(self, before=self.after, after=self.before)
