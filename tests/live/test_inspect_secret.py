"""`inspect-secret` on a real API server: by name, by label, of other kinds, with few rights, and what it asks for."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import yaml

from kubectl_mtls.certs.issue import issue, issue_intermediate, issue_root
from tests.live.program import Ran, run_as
from tests.servers.api import ApiServer

Mesh = Callable[..., ApiServer]

NOW = datetime.now(UTC)
ROOT = issue_root(NOW)
ISSUING = issue_intermediate(NOW, ROOT)
LEAF = issue("cart", NOW, ISSUING, sans=("DNS:cart.example",))
OTHER = issue("other", NOW, ISSUING, sans=("DNS:other.example",), key=LEAF.key)


def namespace(name: str) -> dict:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


def secret(name: str, values: dict[str, bytes], where: str = "shop", **labels: str) -> dict:
    data = {key: base64.b64encode(value).decode() for key, value in values.items()}
    metadata = {"name": name, "namespace": where, "labels": labels}
    return {"apiVersion": "v1", "kind": "Secret", "type": "Opaque", "metadata": metadata, "data": data}


def pair(issued=LEAF) -> dict[str, bytes]:
    return {"tls.crt": issued.chain_pem, "tls.key": issued.key_pem(), "ca.crt": ROOT.pem}


OBJECTS = (
    namespace("shop"),
    namespace("bank"),
    secret("partner", pair(), team="cart"),
    secret("other", pair(OTHER), team="other"),
    secret("password", {"password": b"hunter2"}, team="cart"),
    secret("partner", pair(), "bank"),
    {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "roots", "namespace": "shop"},
        "data": {"ca.crt": ROOT.pem.decode()},
    },
)


@pytest.fixture
def shop(mesh: Mesh) -> ApiServer:
    return mesh("".join(f"\n---\n{yaml.safe_dump(one)}" for one in OBJECTS))


def inspect(server: ApiServer, *argv: str, user: str = "admin") -> Ran:
    return run_as(server, user, "shop", "inspect-secret", *argv)


def items(ran: Ran) -> list[dict]:
    assert ran.out, ran.err
    return json.loads(ran.out)["items"]


def test_a_secret_by_name_and_one_of_another_namespace(shop: ApiServer) -> None:
    found = items(inspect(shop, "partner", "secret/partner.bank", "-o", "json"))
    assert [(item["namespace"], item["name"]) for item in found] == [("shop", "partner"), ("bank", "partner")]
    assert all(item["verifies"] == {"client": True, "server": True} for item in found)


def test_a_config_map_by_name(shop: ApiServer) -> None:
    ran = inspect(shop, "cm/roots")
    assert ran.code == 0
    assert "TRUSTS  1 certificate" in ran.out


def test_labels_choose_and_what_holds_no_certificate_is_left_out(shop: ApiServer) -> None:
    assert inspect(shop, "-l", "team=cart", "-o", "name").out == "secret/partner\n"
    assert inspect(shop, "-l", "team", "-o", "name").out == "secret/other\nsecret/partner\n"


def test_all_namespaces_are_a_list_with_a_row_each(shop: ApiServer) -> None:
    lines = inspect(shop, "-A").out.splitlines()
    rows = [line.split()[:2] for line in lines[1:] if "cart" in line or "other" in line]
    assert sorted(rows) == [["bank", "partner"], ["shop", "other"], ["shop", "partner"]]
    assert lines[0].split()[:3] == ["NAMESPACE", "NAME", "KEYS"]


def test_a_key_that_two_certificates_share_is_found_in_a_list(shop: ApiServer) -> None:
    by_name = {(item["namespace"], item["name"]): item for item in items(inspect(shop, "-A", "-o", "json"))}
    shared = [key for key, item in by_name.items() if any(one["name"] == "shared-key" for one in item["findings"])]
    assert sorted(shared) == [("bank", "partner"), ("shop", "other"), ("shop", "partner")]


def test_nothing_of_any_key_is_seen(shop: ApiServer) -> None:
    body = LEAF.key_pem().decode().splitlines()[1][:30]
    for flags in (("-A",), ("-A", "-o", "yaml"), ("-A", "-o", "pem"), ("partner", "--chain"), ("-A", "-v", "6")):
        ran = inspect(shop, *flags)
        assert body not in ran.out + ran.err
        assert "hunter2" not in ran.out + ran.err


def test_only_a_list_that_was_asked_for_lists_secrets(shop: ApiServer) -> None:
    asked = [line.split()[1] for line in inspect(shop, "partner", "-v", "6").err.splitlines() if "/secrets" in line]
    assert asked
    assert not any(path.split("?")[0].endswith("/secrets") for path in asked)


def test_what_is_not_there_and_what_may_not_be_read(shop: ApiServer) -> None:
    absent = inspect(shop, "nothing")
    assert (absent.code, "secret/nothing" in absent.err) == (2, True)
    forbidden = inspect(shop, "-A", user="nobody")
    assert (forbidden.code, "list secrets" in forbidden.err) == (3, True)


def test_names_with_a_selector_are_refused(shop: ApiServer) -> None:
    assert inspect(shop, "partner", "-l", "team=cart").code == 2


def test_two_secrets_are_compared(shop: ApiServer) -> None:
    ran = inspect(shop, "partner", "--diff", "other")
    assert ran.code == 1
    assert "DNS:other.example" in ran.out
    assert inspect(shop, "partner", "--diff", "partner.bank").code == 0


def test_lists_never_bring_the_meshs_signing_key_which_has_to_be_named(mesh: Mesh) -> None:
    istio = (namespace("istio-system"), secret("cacerts", pair(), "istio-system"), secret("partner", pair(), "shop"))
    server = mesh("".join(f"\n---\n{yaml.safe_dump(one)}" for one in (namespace("shop"), *istio)))
    listed = inspect(server, "-A", "-v", "6", "-o", "json")
    answer = json.loads(listed.out)
    assert [item["name"] for item in answer["items"]] == ["partner"]
    assert {gap["name"] for gap in answer["gaps"] if gap["reason"] == "Withheld"} == {"cacerts", "istio-ca-secret"}
    assert "Withheld" not in inspect(server, "-l", "a!=b", "-o", "json").out
    named = json.loads(inspect(server, "cacerts.istio-system", "-o", "json").out)
    assert [item["role"] for item in named["items"]] == ["plugged-ca"]
