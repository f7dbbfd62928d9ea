"""Which rules are asked: `--select` and `--ignore`, by codes, their beginnings, and names."""

from collections.abc import Callable, Sequence

from kubectl_mtls.errors import InvalidInput
from kubectl_mtls.model.ignore import matches_rule
from kubectl_mtls.rules.rule import Rule

Asked = Callable[[str, str], bool]
"""Whether the rule of a code and name is asked."""


def choose_rules(select: Sequence[str], ignore: Sequence[str], known: Callable[[], Sequence[Rule]]) -> Asked:
    """Those selected (without any: all) that are not ignored. Raises InvalidInput for a word that means no rule.

    `known` is asked only where there are words to look up.
    """
    selected, ignored = _words(select, "--select", known), _words(ignore, "--ignore", known)

    def is_asked(code: str, name: str) -> bool:
        return (not selected or any(matches_rule(word, code, name) for word in selected)) and not any(
            matches_rule(word, code, name) for word in ignored
        )

    return is_asked


def _words(written: Sequence[str], flag: str, known: Callable[[], Sequence[Rule]]) -> list[str]:
    words = [word.strip() for one in written for word in one.split(",") if word.strip()]
    if written and not words:
        raise InvalidInput(f"{flag}: names no rule")
    for word in words:
        if not any(matches_rule(word, rule.code, rule.name) for rule in known()):
            raise InvalidInput(f"{flag} {word}: no rule has this code or name", "kubectl mtls rules lists them")
    return words
