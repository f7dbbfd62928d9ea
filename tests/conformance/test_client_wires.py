"""What clients send, compared with what istiod's own code programs into their proxies.

The meshes are those of test_server_modes; `client` of an answer holds, for every question (client, host, port), the
cluster of the plain host and of each subset: its type, the DestinationRules merged into it, and what goes to each of
its endpoints by the transport sockets of Istio 1.31.
"""

import gzip
import json
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from kubectl_mtls.model.document import parse_objects
from kubectl_mtls.model.proxy import Proxy
from kubectl_mtls.model.reading import Document, Reading
from kubectl_mtls.model.snapshot import Snapshot, build_snapshot
from kubectl_mtls.posture.cluster import Cluster, ClusterType
from kubectl_mtls.posture.outbound import Outbound, distinct_ports

FOLDER = Path(__file__).parent / "server"
QUESTIONS = 8094
NAKED = {"naked": True}


@cache
def lines(name: str) -> list[dict[str, Any]]:
    with gzip.open(FOLDER / name) as file:
        return [json.loads(line) for line in file]


def cases() -> list[tuple[dict[str, Any], dict[str, Any]]]:
    return list(zip(lines("cases-random.jsonl.gz"), lines("answers-random.jsonl.gz"), strict=True))


def snapshot_of(text: str) -> Snapshot:
    documents = tuple(Document(value, origin) for value, origin in parse_objects(text, "mesh.yaml"))
    return build_snapshot(Reading(documents), live=True)


def clusters(outbound: Outbound, client: str, host: str, port: int) -> Iterator[Cluster]:
    namespace, _, name = client.partition("/")
    pod = outbound.snapshot.pods[namespace, name]
    gateway, settings = pod.proxy is Proxy.GATEWAY, outbound.settings_of(pod.revision)
    known = outbound.scope(settings, namespace, pod.labels, gateway=gateway).hosts.get(host)
    for one in distinct_ports(known) if known else ():
        if known and one.number == port:
            rule = outbound.choose(settings, namespace, pod.labels, known).rule
            yield from outbound.clusters(settings, known, one, rule, gateway=gateway)


def resolved(cluster: Cluster) -> dict[str, Any]:
    sent = sorted({(one.endpoint.shown, one.wire.value) for one in cluster.sent})
    return {
        "type": cluster.type.value,
        "rules": [f"{r.metadata.namespace}/{r.metadata.name}" for r in (cluster.rule.rules if cluster.rule else ())],
        "sent": [("*", cluster.wire.value)] if cluster.type is ClusterType.ORIGINAL_DST else sent,
    }


def programmed(answer: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": answer["clusterType"],
        "rules": answer.get("from", []),
        "sent": sorted((one["address"], one["wire"]) for one in answer["endpoints"]),
    }


def test_there_are_answers_to_compare_with() -> None:
    answers = [one for _, answer in cases() for one in answer["client"]]
    assert len(answers) == QUESTIONS
    assert {wire["wire"] for one in answers for wire in one["endpoints"]} == {
        "ISTIO_MUTUAL",
        "MUTUAL",
        "SIMPLE",
        "PLAINTEXT",
    }


@pytest.mark.parametrize(("case", "answer"), cases(), ids=[case["id"] for case, _ in cases()])
def test_every_client_sends_what_istiod_programs(case: dict[str, Any], answer: dict[str, Any]) -> None:
    outbound = Outbound(snapshot_of(case["yaml"]))
    expected: dict[tuple[str, str, int], dict[Any, Any]] = defaultdict(dict)
    for one in answer["client"]:
        asked = (one["client"], one["host"], one["port"])
        if one.get("naked"):
            expected[asked] = NAKED
        elif one["missing"]:
            expected[asked] = {}
        else:
            expected[asked][one["subset"]] = programmed(one)
    assert expected
    for asked, wanted in expected.items():
        namespace, _, name = asked[0].partition("/")
        if outbound.snapshot.pods[namespace, name].proxy is Proxy.NONE:
            assert wanted is NAKED
        else:
            assert {one.subset: resolved(one) for one in clusters(outbound, *asked)} == wanted, asked
