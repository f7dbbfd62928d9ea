"""Which labels a selector matches."""

from collections.abc import Mapping

Labels = Mapping[str, str]


def selects(match_labels: Labels, labels: Labels) -> bool:
    """Whether every wanted label is there with the wanted value; no wanted label selects everything."""
    return not match_labels or all(labels.get(key) == value for key, value in match_labels.items())
