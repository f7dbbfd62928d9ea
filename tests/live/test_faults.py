"""The real client and the real API server with a proxy of faults between them: what `status` says then."""

import json
import re
from collections.abc import Iterator

import pytest

from tests.live.program import Ran
from tests.servers.api import ApiServer
from tests.servers.fault_script import Rule, Script, draw_script
from tests.servers.manifests import load_manifests
from tests.soak.run import MESH, Soak

TIME_OUT = 2.0
PODS, SERVICES, POLICIES = r"/namespaces/shop/pods", "/namespaces/shop/services", "/peerauthentications"


@pytest.fixture(scope="module")
def soak(cluster: ApiServer) -> Iterator[Soak]:
    cluster.apply(load_manifests(MESH))
    soak = Soak(cluster, TIME_OUT)
    yield soak
    soak.proxy.stop()
    cluster.reset()


def play(soak: Soak, script: Script) -> Ran:
    """Play it; whatever it is, the laws of the soak hold."""
    ran, _, wrong = soak.play(script)
    assert wrong == [], ran.err
    return ran


WHOLE: dict[str, Script] = {
    "429 and then an answer": (Rule("429", PODS, 1, 1),),
    "429 that says when to come back": (Rule("429-wait", PODS, 1, 1),),
    "500 twice": (Rule("500", SERVICES, 1, 2),),
    "502 of a load balancer": (Rule("502", PODS, 1, 1),),
    "503 three times for everything": (Rule("503", "", 1, 3),),
    "504 in the middle of the pages": (Rule("504", f"{PODS}.*continue=", 1, 1),),
    "a connection that is reset": (Rule("reset", PODS, 1, 1),),
    "every first connection is reset": (Rule("reset", "", 1, 3),),
    "a connection that is closed without a word": (Rule("close", POLICIES, 1, 2),),
    "a body that is cut": (Rule("cut", PODS, 1, 1),),
    "a body that is reset in the middle": (Rule("reset-body", SERVICES, 1, 2),),
    "an answer that is no HTTP": (Rule("not-http", POLICIES, 1, 1),),
    "discovery that fails at first": (Rule("503", "^/apis$", 1, 2),),
    "a list that expires midway starts again": (Rule("410", f"{PODS}.*continue="),),
    "all lists expire midway": (Rule("410", "continue="),),
    "a list that expires on its last page": (Rule("410", f"{PODS}.*continue=", 2, 2),),
    "expired midway, and the restart is cut": (Rule("410", f"{PODS}.*continue="), Rule("cut", f"{PODS}$", 1, 1)),
}


@pytest.mark.parametrize("name", WHOLE)
def test_a_fault_that_passes_is_borne(soak: Soak, name: str) -> None:
    ran = play(soak, WHOLE[name])
    assert ran.code == 0
    assert json.loads(ran.out) == soak.healthy


GAPS: dict[str, tuple[Script, set[str]]] = {
    "403 without RBAC's sentence": ((Rule("403", PODS),), {"Pod"}),
    "404 of something on the way": ((Rule("404", SERVICES),), {"Service"}),
    "404 for one object is not its absence": ((Rule("404", "configmaps/istio$"),), {"ConfigMap"}),
    "404 on the second page": ((Rule("404", f"{POLICIES}.*continue="),), {"PeerAuthentication"}),
    "409 for a read": ((Rule("409", POLICIES),), {"PeerAuthentication"}),
    "400 for a read": ((Rule("400", POLICIES),), {"PeerAuthentication"}),
    "410 for ever": ((Rule("410", PODS),), {"Pod"}),
    "429 for ever": ((Rule("429", PODS),), {"Pod"}),
    "429 that says to come back in an hour": ((Rule("429-wait-long", PODS),), {"Pod"}),
    "500 for ever": ((Rule("500", "/envoyfilters"),), {"EnvoyFilter"}),
    "503 for ever": ((Rule("503", "/endpointslices"),), {"EndpointSlice"}),
    "reset for ever": ((Rule("reset", POLICIES),), {"PeerAuthentication"}),
    "cut for ever": ((Rule("cut", PODS),), {"Pod"}),
    "cut on the second page for ever": ((Rule("cut", f"{POLICIES}.*continue="),), {"PeerAuthentication"}),
    "a server that says nothing": ((Rule("stall", PODS),), {"Pod"}),
    "a body that stops": ((Rule("stall-body", PODS),), {"Pod"}),
    "a body that trickles": ((Rule("drip", PODS),), {"Pod"}),
    "a page to log in": ((Rule("html", SERVICES),), {"Service"}),
    "a redirection to log in": ((Rule("302", SERVICES),), {"Service"}),
    "noise": ((Rule("noise", PODS),), {"Pod"}),
    "half an answer of the full length": ((Rule("half", PODS),), {"Pod"}),
    "half an answer in JSON": ((Rule("half", POLICIES),), {"PeerAuthentication"}),
    "nothing at all": ((Rule("empty", POLICIES),), {"PeerAuthentication"}),
    "an empty object is not an empty list": ((Rule("object", POLICIES),), {"PeerAuthentication"}),
    "a success without a list": ((Rule("status", PODS),), {"Pod"}),
    "items that are no objects": ((Rule("null-items", POLICIES),), {"PeerAuthentication"}),
    "gzip that is none": ((Rule("bad-gzip", PODS),), {"Pod"}),
    "an error full of escape sequences": ((Rule("hostile", POLICIES),), {"PeerAuthentication"}),
    "two kinds at once": ((Rule("503", PODS), Rule("html", POLICIES)), {"Pod", "PeerAuthentication"}),
}


@pytest.mark.parametrize("name", GAPS)
def test_a_kind_that_stays_unreadable_is_a_gap_and_the_rest_is_answered(soak: Soak, name: str) -> None:
    script, kinds = GAPS[name]
    ran = play(soak, script)
    assert ran.code == 0
    assert {gap["kind"] for gap in json.loads(ran.out)["gaps"]} == kinds


def test_a_gap_is_no_pass(soak: Soak) -> None:
    for words, code in (("--fail-on=error", 3), ("--fail-on=error --allow-gaps", 0), ("--fail-on=warning", 1)):
        with soak.proxy.playing(Rule("503", "/endpointslices")):
            assert soak.run("status", *words.split()).code == code, words


NOTHING: dict[str, tuple[Script, str]] = {
    "401": ((Rule("401"),), "does not accept the credentials"),
    "401 for one kind": ((Rule("401", PODS),), "does not accept the credentials"),
    "503 for everything": ((Rule("503"),), "503"),
    "resets for everything": ((Rule("reset"),), "the connection was lost"),
    "silence": ((Rule("stall"),), "timed out after 2s"),
    "a captive portal": ((Rule("html"),), "not a Kubernetes API server"),
    "noise for everything": ((Rule("noise"),), "not a Kubernetes API server"),
    "404 for everything": ((Rule("404"),), "404"),
    "hostile errors for everything": ((Rule("hostile"),), r"\^\[\[2J"),
}


@pytest.mark.parametrize("name", NOTHING)
def test_without_any_answer_it_says_why(soak: Soak, name: str) -> None:
    script, words = NOTHING[name]
    ran = play(soak, script)
    assert ran.code == 3
    assert re.search(words, ran.err)


@pytest.mark.parametrize("seed", range(12))
def test_a_drawn_script_ends_as_it_must(soak: Soak, seed: int) -> None:
    play(soak, draw_script(seed))
