"""docs/pitfalls.md decides about every pitfall once, and the rules that it names are there."""

import re
from pathlib import Path

from kubectl_mtls.rules.catalogue import OBJECTIONS, every_rule

TEXT = (Path(__file__).parents[2] / "docs" / "pitfalls.md").read_text()
ROW = re.compile(r"^\| P(\d+) \| ([^|]+) \| ([^|]+) \|$", re.M)


def test_every_rule_that_is_named_exists() -> None:
    codes = {rule.code for rule in (*every_rule(), *OBJECTIONS)}
    named = set(re.findall(r"MTLS\d{3}\b", TEXT))
    assert len(named) > 20
    assert named - codes == set()


def test_every_pitfall_is_decided_once_and_in_order() -> None:
    numbers = [int(number) for number, _, _ in ROW.findall(TEXT)]
    assert numbers == sorted(set(numbers))
    assert set(range(1, 120)) <= set(numbers)
