"""What the conditions of an object's status say (apimachinery pkg/apis/meta/v1, Condition)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kubectl_mtls.model import fields


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition. `since` is when it last changed; None where the object does not say."""

    status: str
    reason: str
    message: str
    since: datetime | None

    @property
    def holds(self) -> bool:
        """Whether it is the case; `Unknown` is not."""
        return self.status == "True"

    @property
    def is_denied(self) -> bool:
        """Whether it is certainly not the case."""
        return self.status == "False"


Conditions = Mapping[str, Condition]


def parse_conditions(manifest: Mapping[str, Any]) -> Conditions:
    """The conditions by their type. Raises Malformed."""
    found: dict[str, Condition] = {}
    for index, entry in enumerate(fields.mappings(manifest, "status.conditions")):
        with fields.below(f"status.conditions.{index}"):
            found[fields.text(entry, "type")] = Condition(
                status=fields.text(entry, "status"),
                reason=fields.text(entry, "reason"),
                message=fields.text(entry, "message"),
                since=fields.time(entry, "lastTransitionTime"),
            )
    return found
