"""`status -f` as people and machines see it, word for word."""

from collections.abc import Callable

import pytest

from tests.cli.conftest import GOLDEN, Run, Runner

LINES = {
    "shop": "status -f shop.yaml",
    "shop-namespace": "status -f shop.yaml -n shop",
    "shop-wide": "status -f shop.yaml -o wide",
    "shop-json": "status -f shop.yaml -o json",
    "shop-yaml": "status -f shop.yaml -n shop -o yaml svc/cart",
    "shop-no-headers": "status -f shop.yaml --no-headers",
    "shop-problems": "status -f shop.yaml --problems",
    "shop-selector": "status -f shop.yaml -l team=basket",
    "shop-selector-of-nobody": "status -f shop.yaml -n shop -l team=nobody",
    "shop-later": "status -f shop.yaml -n shop svc/cart --at 2026-09-01T00:00:00+02:00",
    "shop-earlier": "status -f shop.yaml -n shop svc/cart --at 2026-07-01",
    "target-namespace": "status -f shop.yaml ns/bank",
    "target-service": "status -f shop.yaml svc/cart.bank",
    "target-deployment": "status -f shop.yaml deploy/cart",
    "target-pod": "status -f shop.yaml po/legacy-0 -n shop",
    "target-policy": "status -f shop.yaml pa/legacy",
    "target-policy-of-the-mesh": "status -f shop.yaml pa/default.istio-system",
    "target-several": "status -f shop.yaml po/cart-5d4-a po/cart-5d4-b svc/legacy",
    "repository": "status -f repository.yaml -n shop",
    "repository-wide": "status -f repository.yaml -n shop -o wide deploy/cart",
    "repository-in-default": "status -f repository.yaml",
    "broken": "status -f broken.yaml",
    "hostile": "status -f hostile.yaml -o wide",
    "hostile-json": "status -f hostile.yaml -o json",
    "fail-on-error": "status -f shop.yaml --fail-on error",
    "credentials": "status -f credentials.yaml",
    "credentials-wide": "status -f credentials.yaml -o wide --problems",
    "credentials-json": "status -f credentials.yaml -o json -n front",
    "credentials-expiring": "status -f credentials.yaml --expiring-within 30d --fail-on warning",
    "credentials-not-expiring": "status -f credentials.yaml --expiring-within 5d --fail-on warning",
    "credentials-no-secrets": "status -f credentials.yaml -n shop --no-secrets",
    "credentials-policy": "status -f credentials.yaml -n shop --problems --policy policy.yaml",
    "credentials-advice": "status -f credentials.yaml --advice",
    "credentials-advice-json": "status -f credentials.yaml --advice -o json -n front",
    "clients": "status -f clients.yaml",
    "clients-wide": "status -f clients.yaml -o wide",
    "clients-json": "status -f clients.yaml -o json -n shop --changed-within 2h",
    "clients-of-one-namespace": "status -f clients.yaml -n shop",
    "clients-problems": "status -f clients.yaml --problems",
    "clients-of-a-service": "status -f clients.yaml svc/ledger.shop",
    "clients-from-a-workload": "status -f clients.yaml svc/ledger.shop --from pod/web-0.front",
    "clients-from-a-namespace-that-does-not-import": "status -f clients.yaml -n shop --from ns/limited",
    "clients-from-pods-without-proxy": "status -f clients.yaml -n shop --from ns/batch --from sa/web.front",
    "clients-from-a-gateway": "status -f clients.yaml -n shop --from gateway/shop.edge",
    "clients-from-nobody": "status -f clients.yaml --from deploy/web",
    "clients-from-anybody": "status -f clients.yaml --from any",
    "clients-changed": "status -f clients.yaml ns/shop --changed-within 2h",
    "clients-changed-not": "status -f clients.yaml ns/shop --changed-within 10m",
    "nothing-but-unknown-kinds": "status -f unknown-kinds.yaml",
}


@pytest.mark.parametrize("name", LINES)
def test_status_answers_word_for_word(name: str, run: Runner, golden: Callable[[str, Run], None]) -> None:
    golden(name, run(LINES[name]))


def test_every_other_golden_file_belongs_to_a_command_line() -> None:
    answers = {path.stem for path in GOLDEN.glob("*.txt")}
    assert {name for name in answers if not name.startswith("explain-")} == set(LINES)
