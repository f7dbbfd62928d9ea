"""Every rule, in the order of its code."""

from kubectl_mtls.rules.rule import Check, Rule

CHECKS: tuple[tuple[Rule, Check], ...] = ()
