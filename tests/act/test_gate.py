"""What has to be accepted before anything is written."""

import pytest

from kubectl_mtls.act.apply import DryRun, parse_dry_run
from kubectl_mtls.act.gate import demand_accepted, parse_accepted
from kubectl_mtls.errors import InvalidInput, Refused
from kubectl_mtls.model.finding import Objection
from kubectl_mtls.plan.change import Plan
from kubectl_mtls.plan.effect import ServiceEffect

PLAN = Plan((), ServiceEffect(0), (Objection("MTLS713", "b", ""), Objection("MTLS701", "a", "")))


@pytest.mark.parametrize(
    ("accepted", "left"),
    [
        pytest.param([], "MTLS701,MTLS713", id="none accepted"),
        pytest.param(["MTLS713"], "MTLS701", id="one accepted"),
        pytest.param(["mtls701, MTLS713"], None, id="all in one list, in any case"),
        pytest.param(["MTLS701", "MTLS713,MTLS703"], None, id="repeated, and more than was raised"),
    ],
)
def test_every_objection_is_accepted_by_its_code(accepted: list[str], left: str | None):
    codes = parse_accepted(accepted)
    if left is None:
        demand_accepted(PLAN, codes)
        return
    with pytest.raises(Refused, match=f"--accept {left}$"):
        demand_accepted(PLAN, codes)


@pytest.mark.parametrize("written", ["all", "MTLS101", "701", "MTLS7011"])
def test_only_codes_of_objections_can_be_accepted(written: str):
    with pytest.raises(InvalidInput, match=f"--accept {written.upper()}"):
        parse_accepted([written])


def test_dry_run_has_kubectls_words():
    assert [parse_dry_run(word) for word in ("none", "client", "server")] == list(DryRun)
    with pytest.raises(InvalidInput, match=r'Invalid dry-run value \(true\). Must be "none", "server", or "client"'):
        parse_dry_run("true")
