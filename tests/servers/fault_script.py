"""What goes wrong between client and API server, as data: rules for a fault proxy, by hand or drawn by a seed."""

import random
import re
from dataclasses import dataclass

STATUSES = ("302", "400", "401", "403", "404", "409", "410", "429", "500", "502", "503", "504")
CONNECTION = ("reset", "close", "cut", "reset-body", "stall", "stall-body", "drip", "not-http")
BESIDE = ("warn",)
CONTENT = ("html", "noise", "half", "empty", "object", "list-of-nothing", "status", "bad-gzip", "null-items", "hostile")
FAULTS = (*STATUSES, *BESIDE, "429-wait", "429-wait-long", *CONNECTION, *CONTENT)
RETRIED = frozenset({"warn", "429", "500", "502", "503", "504", "reset", "close", "cut", "reset-body", "not-http"})
"""Faults that a client bears when they pass, however short its time-out."""

PATHS = {
    "anything": "",
    "discovery": r"^/apis$",
    "webhooks": "mutatingwebhookconfigurations",
    "istiod": "/deployments",
    "mesh config": "/configmaps/istio$",
    "namespaces": r"/namespaces(/[^/]*)?(\?|$)",
    "pods": "/pods",
    "services": "/services",
    "endpoints": "/endpointslices",
    "policies": "/peerauthentications",
    "filters": "/envoyfilters",
    "roots": "istio-ca-root-cert",
    "next pages": "continue=",
}


@dataclass(frozen=True, slots=True)
class Rule:
    """The `first` to `last` of the requests whose path and query match `path` meet `fault`; last 0 is for ever."""

    fault: str
    path: str = ""
    first: int = 1
    last: int = 0
    method: str = "GET"

    def __post_init__(self) -> None:
        assert self.fault in FAULTS or self.fault == "gone", self.fault

    def matches(self, method: str, path: str) -> bool:
        """Whether it concerns such a request."""
        return method == self.method and re.search(self.path, path) is not None

    def applies(self, number: int) -> bool:
        """Whether it strikes the request of that number, from 1."""
        return self.first <= number and (self.last == 0 or number <= self.last)

    @property
    def passes(self) -> bool:
        """Whether a client that tries again in time never notices."""
        return self.fault in RETRIED and self.last != 0 and self.last - self.first < 3


Script = tuple[Rule, ...]


def draw_script(seed: int) -> Script:
    """One to three rules; the same seed gives the same script."""
    chance = random.Random(seed)
    return tuple(_draw_rule(chance) for _ in range(chance.choice((1, 1, 2, 3))))


def _draw_rule(chance: random.Random) -> Rule:
    first = chance.choice((1, 1, 1, 2, 3, 8))
    last = chance.choice((0, first, first, first + 1, first + 4))
    return Rule(chance.choice(FAULTS), PATHS[chance.choice(list(PATHS))], first, last)
