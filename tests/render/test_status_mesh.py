"""The head of `status`: the control planes and who signs."""

from dataclasses import replace
from datetime import timedelta

import pytest

from kubectl_mtls.posture.mesh.status import Shown, resolve_status
from kubectl_mtls.render.status_json import status_object
from kubectl_mtls.render.status_mesh import render_mesh
from tests.posture.mesh.test_advice import NOW
from tests.posture.meshes import istiod, snapshot_of


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (None, "signing certificate not read (--read-ca)"),
        (41, "signing certificate 41d left (istiod's metric)"),
        (-2, "signing certificate EXPIRED 2d ago (istiod's metric)"),
    ],
)
def test_the_end_of_the_signing_certificate_says_who_told_it(days: int | None, words: str) -> None:
    end = None if days is None else NOW + timedelta(days=days)
    status = resolve_status(replace(snapshot_of([istiod()]), signing_ends_at=end), Shown(), NOW)
    assert words in render_mesh(status, NOW)
    told = status_object(status, (), NOW)["ca"]["signingEndsAt"]
    assert told == (f"{end:%Y-%m-%dT%H:%M:%SZ}" if end else None)
