"""What the undo record guards: whose it is, and what must still be as it was written."""

from typing import Any

import pytest

from kubectl_mtls.errors import Refused
from kubectl_mtls.kube.apply import FIELD_MANAGER
from kubectl_mtls.model.metadata import LAST_APPLIED
from kubectl_mtls.model.reading import Manifest
from kubectl_mtls.plan.field_owners import OURS
from kubectl_mtls.plan.patch import apply_patch
from kubectl_mtls.plan.undo_record import UNDO, take_back, with_record, writers_since

WHAT = "peerauthentication/default -n shop"
OLD = "2026-06-01T00:00:00Z"
MODE = {"f:spec": {"f:mtls": {"f:mode": {}}}}
RECORD = {"f:metadata": {"f:annotations": {".": {}, f"f:{UNDO}": {}}}}


def made(mode: str = "STRICT", **metadata: Any) -> Manifest:
    identity = {"name": "default", "namespace": "shop", **metadata}
    return {"kind": "PeerAuthentication", "metadata": identity, "spec": {"mtls": {"mode": mode}}}


def created() -> Manifest:
    return with_record(None, made())


def patched() -> Manifest:
    return with_record(made("PERMISSIVE", uid="one"), made("STRICT", uid="one"))


def entry(manager: str, fields: dict[str, Any], time: str = OLD) -> dict[str, Any]:
    return {"manager": manager, "operation": "Update", "time": time, "fieldsV1": fields}


@pytest.mark.parametrize(
    ("manifest", "edit", "named"),
    [
        pytest.param(created(), {"metadata": {"labels": {"owner": "alice"}}}, r"metadata\.labels of", id="label"),
        pytest.param(created(), {"metadata": {"annotations": {"a": "b"}}}, r"metadata\.annotations of", id="note"),
        pytest.param(created(), {"spec": {"mtls": {"mode": "DISABLE"}}}, "changed spec of", id="mode of a new policy"),
        pytest.param(patched(), {"spec": {"mtls": {"mode": "DISABLE"}}}, r"changed spec\.mtls\.mode of", id="mode"),
        pytest.param(
            patched(), {"spec": {"selector": {"matchLabels": {"app": "a"}}}}, r"changed spec\.selector of", id="pods"
        ),
    ],
)  # fmt: skip
def test_what_somebody_changed_is_named_and_kept(manifest: Manifest, edit: Manifest, named: str):
    with pytest.raises(Refused, match=named):
        take_back(apply_patch(manifest, edit), WHAT)


@pytest.mark.parametrize(
    ("manifest", "edit"),
    [
        pytest.param(created(), {"metadata": {"annotations": {LAST_APPLIED: "{}"}}}, id="kubectl's own annotation"),
        pytest.param(created(), {"metadata": {"uid": "new", "creationTimestamp": OLD}}, id="what the server sets"),
        pytest.param(patched(), {"metadata": {"labels": {"owner": "alice"}}}, id="a label of what stays"),
    ],
)
def test_what_does_not_matter_stops_no_undo(manifest: Manifest, edit: Manifest):
    before = take_back(manifest, WHAT)
    assert take_back(apply_patch(manifest, edit), WHAT) == (before and apply_patch(before, edit))


@pytest.mark.parametrize(
    ("manifest", "edit", "words"),
    [
        pytest.param(created(), {"metadata": {"namespace": "other"}}, "copied from shop/default", id="namespace"),
        pytest.param(created(), {"metadata": {"name": "other"}}, "copied from shop/default", id="name"),
        pytest.param(patched(), {"metadata": {"uid": "two"}}, "deleted and made anew since", id="made anew"),
        pytest.param(
            created(), {"metadata": {"managedFields": [entry("kubectl-create", MODE | RECORD)]}},
            "put there by somebody else", id="another manager wrote it",
        ),
    ],
)  # fmt: skip
def test_record_of_another_object_is_not_believed(manifest: Manifest, edit: Manifest, words: str):
    with pytest.raises(Refused, match=words):
        take_back(apply_patch(manifest, edit), WHAT)


@pytest.mark.parametrize("manifest", [pytest.param(created(), id="created"), pytest.param(patched(), id="patched")])
def test_another_writer_of_the_same_value_is_named(manifest: Manifest):
    entries = [entry(OURS, RECORD), entry("alice", MODE, "2026-07-01T00:00:00Z"), entry("bob", MODE)]
    touched = apply_patch(manifest, {"metadata": {"managedFields": entries}})
    assert writers_since(touched, WHAT) == (
        f"spec.mtls.mode of {WHAT} was last written by alice at 2026-07-01T00:00:00Z, "
        "to the same as by this program: undo takes that back too",
    )
    take_back(touched, WHAT)
    ours = apply_patch(manifest, {"metadata": {"managedFields": [*entries, entry(OURS, MODE)]}})
    assert writers_since(ours, WHAT) == ()


@pytest.mark.parametrize("fields", [None, [], {"f:spec": None}, {"f:spec": []}, {"f:spec": {"f:mtls": "x"}}])
def test_managed_fields_of_a_wrong_shape_say_nothing(fields: Any):
    touched = apply_patch(patched(), {"metadata": {"managedFields": [{"manager": "x", "fieldsV1": fields}, 7]}})
    assert writers_since(touched, WHAT) == ()


def test_field_manager_is_the_one_under_which_is_written():
    assert OURS == FIELD_MANAGER
