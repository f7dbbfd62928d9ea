"""Words of Istio's APIs: by name or, as protobuf's JSON allows, by number; another word makes the object unreadable."""

from collections.abc import Mapping, Sequence
from typing import Any


class UnreadableWord(Exception):
    """A word that the API does not know: istiod can't read the object. `legal` are those that it does."""

    def __init__(self, field: str, value: str, legal: tuple[str, ...]) -> None:
        super().__init__(field)
        self.field, self.value, self.legal = field, value, legal


def word(manifest: Mapping[str, Any], key: str, legal: Sequence[str], path: str) -> str:
    """The value of `key`: the first legal word when absent. Raises UnreadableWord; `path` names the field in full."""
    value = manifest.get(key)
    if value is None:
        return legal[0]
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(legal):
        return legal[value]
    if isinstance(value, str) and value in legal:
        return value
    raise UnreadableWord(path, str(value), tuple(legal))
