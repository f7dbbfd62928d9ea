import pytest

from kubectl_mtls.rules.solver_under_strict import check
from tests.rules.mesh import found, pod, policy, service, view_of

LABEL = "acme.cert-manager.io/http01-solver"
SERVICE = service("solver", select=f'{{{LABEL}: "true"}}')
SOLVER = pod("solver-x", labels=f'{LABEL}: "true"', proxy=True)
STRICT = policy(mode="STRICT")
CASES = {
    "STRICT": (SERVICE + SOLVER + STRICT, [("service/solver -n shop", "spec.selector")]),
    "no finding: PERMISSIVE for solvers": (
        SERVICE + SOLVER + STRICT + policy("solver", "PERMISSIVE", select=f'{{{LABEL}: "true"}}'),
        [],
    ),
    "no finding: the solver has no proxy": (SERVICE + pod("solver-x", labels=f'{LABEL}: "true"') + STRICT, []),
    "no finding: no solver": (service() + pod(proxy=True) + STRICT, []),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_solvers_that_are_not_reached(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(check, view_of(text)) == expected
