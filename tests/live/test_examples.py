"""The example meshes on a real API server: admissible where they claim to be, and read there as they are as files."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from examples.make_certificates import write_certificates
from tests.live.conftest import EXAMPLES
from tests.live.program import run, run_as
from tests.servers.client import APPLY

POLICY = "/apis/security.istio.io/v1/namespaces/default/peerauthentications/default"


@pytest.mark.parametrize("name", ["shop", "shop-in-trouble"])
def test_cluster_and_files_get_the_same_verdicts(mesh, tmp_path: Path, name: str):
    write_certificates(tmp_path, datetime.now(UTC))
    asked = ("status", "-n", "shop", "-o", "json")
    on_cluster = run_as(mesh(name, tmp_path / name), "secret-reader", "shop", *asked)
    as_files = run(*asked, "-f", str(EXAMPLES / name), "-f", str(tmp_path / name))
    assert verdicts(on_cluster.out) == verdicts(as_files.out)


def test_server_refuses_the_comparisons_policy_and_takes_the_rest(mesh, tmp_path: Path):
    write_certificates(tmp_path, datetime.now(UTC))
    server = mesh("comparison/httpbin.yaml", "comparison/manual.yaml", tmp_path / "comparison")
    policy = (EXAMPLES / "comparison" / "automatic.yaml").read_text()
    answer = server.request("PATCH", f"{POLICY}?fieldManager=test", policy, content_type=APPLY)
    assert answer.status == 422
    assert 'spec.mtls.mode: Unsupported value: "ISTIO_MUTUAL"' in answer.message


def verdicts(answer: str) -> tuple[list[tuple[str, int, str]], list[tuple[str, str]]]:
    """Modes and findings, without when and by whom something was changed, which files do not know.

    And without stale-webhook-bundle (MTLS405): no istiod runs here that would write bundles into webhooks.
    """
    found = json.loads(answer)
    modes = [(row["service"], row["port"], row["mode"]) for row in found["services"]]
    return modes, sorted((one["code"], str(one["object"])) for one in found["findings"] if one["code"] != "MTLS405")
