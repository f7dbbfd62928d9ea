"""`inspect-secret` on files, in process."""

import json

from tests.cli.conftest import Runner

_SECRET_AND_A_RULE_THAT_CANNOT_BE_READ = b"""
apiVersion: v1
kind: Secret
metadata: {name: partner, namespace: shop}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: partner, namespace: shop}
spec: {subsets: none}
"""


def test_machines_hear_of_users_that_could_not_be_read(run: Runner) -> None:
    answer = json.loads(run("inspect-secret -f - -o json", stdin=_SECRET_AND_A_RULE_THAT_CANNOT_BE_READ).out)
    assert answer["items"][0]["users"] == []
    assert [(gap["kind"], gap["name"], gap["reason"]) for gap in answer["gaps"]] == [
        ("DestinationRule", "partner", "Malformed")
    ]
