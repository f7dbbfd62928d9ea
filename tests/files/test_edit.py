"""Objects changed in a text: the value alone where it can be, nothing else ever."""

from typing import Any

import pytest

from kubectl_mtls.errors import Conflict, Refused
from kubectl_mtls.files.edit import append_object, edit_object
from kubectl_mtls.model.document import parse_objects
from kubectl_mtls.plan.patch import apply_patch, field_changes

FIRST = """# first
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: one}
spec: {mtls: {mode: STRICT}}
"""


def edited(text: str, patch: dict[str, Any], index: int = 0) -> str:
    before, origin = list(parse_objects(text, "f.yaml"))[index]
    after = apply_patch(before, patch)
    changes = [(".".join(one.path), one.before, one.after) for one in field_changes(before, after)]
    scalars = () if any(None in (old, new) for _, old, new in changes) else tuple(changes)
    return edit_object(text, origin, before, after, scalars)


def policy(spec: str) -> str:
    return f"apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {{name: two}}\n{spec}"


TO_STRICT = {"spec": {"mtls": {"mode": "STRICT"}}}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(
            "spec:\n  mtls:\n    mode: PERMISSIVE # why\n", "spec:\n  mtls:\n    mode: STRICT # why\n", id="block"
        ),
        pytest.param("spec: {mtls: {mode: PERMISSIVE}}\n", "spec: {mtls: {mode: STRICT}}\n", id="flow"),
        pytest.param('spec:\n  mtls: {mode: "PERMISSIVE"}\n', 'spec:\n  mtls: {mode: "STRICT"}\n', id="quoted"),
        pytest.param(
            "spec:\r\n  mtls:\r\n    mode: DISABLE\r\n", "spec:\r\n  mtls:\r\n    mode: STRICT\r\n", id="CRLF"
        ),
        pytest.param(
            "spec: {portLevelMtls: {1: {mode: DISABLE}}, mtls: {mode: DISABLE}}",
            "spec: {portLevelMtls: {1: {mode: DISABLE}}, mtls: {mode: STRICT}}",
            id="the right one of two on a line, no newline at the end",
        ),
    ],
)
def test_value_is_replaced_where_it_stands(old: str, new: str):
    text = FIRST + "---\n" + policy(old)
    assert edited(text, TO_STRICT, 1) == FIRST + "---\n" + policy(new)


def test_field_that_comes_rewrites_its_document_alone():
    text = FIRST + "---\n" + policy("spec: {}\n") + "---\n" + FIRST
    result = edited(text, TO_STRICT, 1)
    assert result.startswith(FIRST + "---\n")
    assert result.endswith("---\n" + FIRST)
    assert [value for value, _ in parse_objects(result, "f")][1]["spec"] == TO_STRICT["spec"]


def test_comments_are_never_lost():
    with pytest.raises(Refused, match="without losing comments"):
        edited(policy("# keep me\nspec: {}\n"), TO_STRICT)


def test_item_of_a_list_is_changed_by_its_value_only():
    items = "".join(
        "- " + policy(f"spec: {{mtls: {{mode: {mode}}}}}\n").replace("\n", "\n  ").rstrip(" ")
        for mode in ("DISABLE", "UNSET")
    )
    text = "apiVersion: v1\nkind: List\nitems:\n" + items
    assert edited(text, TO_STRICT, 1) == text.replace("UNSET", "STRICT")
    with pytest.raises(Refused):
        edited(text, {"spec": {"selector": {"matchLabels": {"a": "b"}}}}, 1)


def test_text_that_changed_in_between_is_a_conflict():
    text = policy("spec: {mtls: {mode: DISABLE}}\n")
    (before, origin), *_ = parse_objects(text, "f.yaml")
    with pytest.raises(Conflict):
        edit_object(text.replace("DISABLE", "UNSET"), origin, before, apply_patch(before, TO_STRICT), ())


@pytest.mark.parametrize("text", ["", FIRST, FIRST.rstrip("\n")])
def test_new_object_is_one_more_document(text: str):
    before = [value for value, _ in parse_objects(text, "f")] if text else []
    new = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}}
    result = append_object(text, new)
    assert result.startswith(text)
    assert [value for value, _ in parse_objects(result, "f")] == [*before, new]
