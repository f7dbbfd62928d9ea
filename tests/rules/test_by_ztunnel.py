"""What ztunnel makes of policies, against what they say: MTLS508 and MTLS509."""

import pytest

from kubectl_mtls.model.finding import Severity
from kubectl_mtls.rules import disable_in_ambient, mode_lost_in_ambient
from tests.rules.mesh import found, only, pod, policy, service, view_of

CART = service() + pod(annotations="ambient.istio.io/redirection: enabled")
MESH_STRICT = policy(mode="STRICT", namespace="istio-system")


def cart(mode: str, port_mode: str = "", port: int = 8080) -> str:
    return policy("cart", mode, select="{app: cart}", ports=f"{{{port}: {{mode: {port_mode}}}}}" if port_mode else "")


OF_POLICY = [("peerauthentication/cart -n shop", "spec.mtls.mode")]
OF_PORT = [("peerauthentication/cart -n shop", "spec.portLevelMtls.8080.mode")]
OF_MESH = [("peerauthentication/default -n istio-system", "spec.mtls.mode")]
CASES = {
    "DISABLE is as PERMISSIVE": (cart("DISABLE"), OF_POLICY, []),
    "a DISABLE port below its own STRICT opens": (cart("STRICT", "DISABLE"), OF_PORT, []),
    "a DISABLE port below an inherited STRICT stays closed": (MESH_STRICT + cart("UNSET", "DISABLE"), [], OF_PORT),
    "a STRICT port of a PERMISSIVE policy below the mesh's STRICT stays open": (
        MESH_STRICT + cart("PERMISSIVE", "STRICT"),
        [],
        OF_PORT,
    ),
    "a PERMISSIVE port below an UNSET namespace opens the others": (
        MESH_STRICT + policy(mode="UNSET") + cart("UNSET", "PERMISSIVE", 9090),
        [],
        OF_MESH,
    ),
    "no finding: STRICT": (cart("STRICT"), [], []),
    "no finding: PERMISSIVE": (cart("PERMISSIVE"), [], []),
    "no finding: a STRICT port of a PERMISSIVE policy": (cart("PERMISSIVE", "STRICT"), [], []),
    "no finding: a PERMISSIVE port below an inherited STRICT": (MESH_STRICT + cart("UNSET", "PERMISSIVE"), [], []),
    "no finding: nothing said": ("", [], []),
}


@pytest.mark.parametrize(("text", "disabled", "lost"), CASES.values(), ids=CASES)
def test_what_ztunnel_makes_of_a_policy(
    text: str, disabled: list[tuple[str, str]], lost: list[tuple[str, str]]
) -> None:
    view = view_of(CART + text)
    assert (found(disable_in_ambient.check, view), found(mode_lost_in_ambient.check, view)) == (disabled, lost)


def test_sidecars_do_as_they_are_told() -> None:
    view = view_of(service() + pod(proxy=True) + cart("DISABLE"))
    assert found(disable_in_ambient.check, view) == []


def test_an_error_where_a_closed_port_is_open() -> None:
    opened = only(mode_lost_in_ambient.check, view_of(CART + MESH_STRICT + cart("PERMISSIVE", "STRICT")))
    closed = only(mode_lost_in_ambient.check, view_of(CART + MESH_STRICT + cart("UNSET", "DISABLE")))
    assert (opened.severity, closed.severity) == (Severity.ERROR, Severity.WARNING)
    assert "basis: documentation" in opened.message
