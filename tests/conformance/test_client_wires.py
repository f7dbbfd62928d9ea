"""What clients send, compared with what istiod's own code programs into their proxies.

server/cases-random.jsonl.gz holds meshes as manifests; `client` of an answer holds, for every question (client, host,
port), the cluster of the plain host and of each subset: its type, the DestinationRules merged into it, and what goes to
each of its endpoints by the transport sockets of Istio 1.31. oracle/ is the program that answered.
"""

from typing import Any

import pytest

from kubectl_mtls.posture.cluster.outbound import Outbound
from tests.conformance.comparison import cases, client_differences, snapshot_of

ANSWERS = 8094


def test_there_are_answers_to_compare_with() -> None:
    answers = [one for _, answer in cases() for one in answer["client"]]
    assert len(answers) == ANSWERS
    assert {wire["wire"] for one in answers for wire in one["endpoints"]} == {
        "ISTIO_MUTUAL",
        "MUTUAL",
        "SIMPLE",
        "PLAINTEXT",
    }


@pytest.mark.parametrize(("case", "answer"), cases(), ids=[case["id"] for case, _ in cases()])
def test_every_client_sends_what_istiod_programs(case: dict[str, Any], answer: dict[str, Any]) -> None:
    assert answer["client"]
    assert list(client_differences(Outbound(snapshot_of(case["yaml"])), answer["client"])) == []


def test_a_difference_is_seen() -> None:
    case, answer = cases()[0]
    wrong = [dict(one, clusterType="STATIC") for one in answer["client"]]
    assert list(client_differences(Outbound(snapshot_of(case["yaml"])), wrong))
