"""Label selectors of -l, as kubectl writes them (apimachinery pkg/labels)."""

import re
from collections.abc import Callable

from kubectl_mtls.errors import InvalidInput
from kubectl_mtls.model.selector import Labels

Matches = Callable[[Labels], bool]

_REQUIREMENT = re.compile(
    r"\s*(?:(?P<set>[\w./-]+)\s+(?P<how>in|notin)\s*\((?P<values>[^()]*)\)"
    r"|(?P<key>[\w./-]+)\s*(?P<operator>==?|!=)\s*(?P<value>[\w.-]*)"
    r"|(?P<absent>!)?\s*(?P<present>[\w./-]+))\s*(?:,|$)"
)


def parse_selector(written: str | None) -> Matches:
    """A predicate over labels; None matches everything. Raises InvalidInput."""
    requirements: list[Matches] = []
    position = 0
    text = (written or "").strip()
    while position < len(text):
        match = _REQUIREMENT.match(text, position)
        if match is None or match.end() == position:
            raise InvalidInput(f"-l {written}: is no label selector, such as app=cart,tier!=front or env in (a,b)")
        requirements.append(_requirement(match))
        position = match.end()
    return lambda labels: all(requirement(labels) for requirement in requirements)


def _requirement(match: re.Match[str]) -> Matches:
    if key := match["set"]:
        values = {value.strip() for value in match["values"].split(",")}
        if match["how"] == "in":
            return lambda labels: labels.get(key) in values
        return lambda labels: labels.get(key) not in values
    if key := match["key"]:
        value = match["value"]
        if match["operator"] == "!=":
            return lambda labels: labels.get(key) != value
        return lambda labels: labels.get(key) == value
    key = match["present"]
    if match["absent"]:
        return lambda labels: key not in labels
    return lambda labels: key in labels
