"""Which objects a text holds, and where each of them and of their fields stands."""

import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_mtls.errors import InvalidInput
from kubectl_mtls.model.document import parse_objects

POLICY = """\
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: default
spec:
  mtls:
    mode: STRICT
  portLevelMtls:
    8080:
      mode: DISABLE
"""


def read(text: str) -> list[Any]:
    return [value for value, _ in parse_objects(text, "x.yaml")]


def refusal(text: str) -> str:
    try:
        read(text)
    except InvalidInput as refused:
        return refused.message
    return "x.yaml: none"


def places(text: str) -> list[tuple[str, int]]:
    return [(value["metadata"]["name"], origin.line) for value, origin in parse_objects(text, "x.yaml")]


def config_map(name: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}}


def many(count: int, size: int) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "List",
        "items": [config_map(f"c{n}") | {"data": "x" * size} for n in range(count)],
    }


def test_documents_come_in_order_with_the_lines_where_they_start() -> None:
    text = "# head\n---\napiVersion: v1\nkind: A\nmetadata: {name: a}\n---\n---\nkind: B\nmetadata: {name: b}\n"
    assert places(text) == [("a", 3), ("b", 8)]


def test_fields_of_istio_objects_know_their_lines() -> None:
    ((_, origin),) = parse_objects(POLICY, "x.yaml")
    assert (origin.line, str(origin.at("spec.mtls.mode"))) == (1, "x.yaml:7")
    assert str(origin.at("spec.portLevelMtls.8080.mode")) == "x.yaml:10"
    assert str(origin.at("spec.mtls.nothing")) == "x.yaml:6"
    assert str(origin.at("nothing")) == "x.yaml:1"


def test_fields_of_istio_objects_know_their_lines_in_json_too() -> None:
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": [{**config_map("a")}]}, indent=1)
    text = text.replace('"v1",\n   "kind": "ConfigMap"', '"security.istio.io/v1",\n   "kind": "PeerAuthentication"')
    ((value, origin),) = parse_objects(text, "x.json")
    assert value["kind"] == "PeerAuthentication"
    assert text.splitlines()[origin.at("metadata.name").line - 1].strip() == '"name": "a"'


def test_other_objects_know_their_first_line_only() -> None:
    ((_, origin),) = parse_objects("apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n", "x.yaml")
    assert origin.field_lines == {}


@pytest.mark.parametrize("kind", ["List", "ConfigMapList"])
def test_lists_are_taken_apart(kind: str) -> None:
    text = (
        f"apiVersion: v1\nkind: {kind}\nitems:\n- metadata: {{name: a}}\n  kind: ConfigMap\n- metadata:\n    name: b\n"
    )
    assert places(text) == [("a", 4), ("b", 6)]


def test_items_of_a_typed_list_get_the_kind_that_its_name_says() -> None:
    assert read("{apiVersion: v1, kind: PodList, items: [{metadata: {name: a}}]}") == [
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}}
    ]


def test_items_of_a_typed_list_keep_a_kind_of_their_own() -> None:
    (found,) = read("{apiVersion: v1, kind: PodList, items: [{apiVersion: v1, kind: Service}]}")
    assert found["kind"] == "Service"


@pytest.mark.parametrize("items", ["items: []", "items:", "other: 1"])
def test_an_empty_list_holds_nothing(items: str) -> None:
    assert read(f"apiVersion: v1\nkind: List\n{items}\n") == []


def test_what_only_looks_like_a_list_is_an_object() -> None:
    assert read("kind: PodList\nitems: 5\n") == [{"kind": "PodList", "items": 5}]


def test_what_is_no_mapping_is_handed_on_for_the_caller_to_judge() -> None:
    assert read("just words\n---\n- 1\n---\nkind: List\nitems: [1, null, {a: b}]\n") == [
        "just words",
        [1],
        1,
        None,
        {"a": "b"},
    ]


def test_json_objects_may_follow_one_another() -> None:
    text = f"{json.dumps(config_map('a'))}\n\n{json.dumps(config_map('b'))}\n"
    assert places(text) == [("a", 1), ("b", 3)]


def test_json_may_write_characters_as_surrogate_pairs_and_halves_become_replacement_characters() -> None:
    (found,) = read(r'{"kind": "x", "pair": "\ud83d\ude00", "half": "\ud83d", "key\udc00": 1}')
    assert found == {"kind": "x", "pair": "😀", "half": "�", "key�": 1}


def test_json_may_have_keys_that_yaml_finds_too_long() -> None:
    assert read(json.dumps({"k" * 2000: 1})) == [{"k" * 2000: 1}]


@pytest.mark.parametrize("size", [10, 20_000], ids=["small", "large"])
def test_lines_of_json_items_are_those_of_the_text(size: int) -> None:
    text = json.dumps(many(100, size), indent=2)
    lines = text.splitlines()
    found = list(parse_objects(text, "x.json"))
    assert [value["metadata"]["name"] for value, _ in found] == [f"c{n}" for n in range(100)]
    for (value, origin), following in zip(found, [*(origin.line for _, origin in found[1:]), len(lines)], strict=True):
        assert lines[origin.line - 1].strip() == "{"
        assert any(f'"{value["metadata"]["name"]}"' in line for line in lines[origin.line : following])


@pytest.mark.parametrize("size", [10, 2_000_000], ids=["small", "large"])
def test_json_objects_may_stand_between_separators_of_yaml(size: int) -> None:
    objects = [{"kind": "x", "pad": "x" * size}, {"kind": "y"}]
    assert read("\n---\n".join(map(json.dumps, objects)) + "\n---\n") == objects


@pytest.mark.parametrize("size", [10, 2_000_000], ids=["small", "large"])
def test_numbers_mean_the_same_in_small_and_large_json(size: int) -> None:
    text = f'{{"kind": "x", "a": 80.0, "b": 1e3, "c": 0.5, "pad": "{"x" * size}"}}'
    (found,) = read(text)
    assert (found["a"], type(found["a"]), found["b"], found["c"]) == (80, int, 1000, 0.5)


@pytest.mark.parametrize("size", [10, 2_000_000], ids=["small", "large"])
@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ('{"a": 1,\n "b": }}', "x.json:2: malformed "),
        ('{"a": "never closed', "x.json:"),
        ('{"a": ' + "[" * 100_000, "x.json:"),
        ('{"a": 1\n"b": 2}', "x.json:2: malformed "),
    ],
    ids=["no value", "no end", "too deep", "no comma"],
)
def test_malformed_json_names_file_line_and_reason(written: str, reason: str, size: int) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_json(written + " " * size)
    assert refused.value.message.startswith(reason)


def read_json(text: str) -> None:
    list(parse_objects(text, "x.json"))


@pytest.mark.parametrize("size", [10, 2_000_000], ids=["small", "large"])
def test_a_number_of_many_digits_is_no_crash(size: int) -> None:
    text = '{"a": ' + "9" * 5000 + ', "pad": "' + "x" * size + '"}'
    assert refusal(text) in ("x.yaml: none", "x.yaml: malformed JSON: a number with too many digits")


def test_a_byte_order_mark_is_no_content() -> None:
    assert read('\ufeff{"kind": "x"}') == [{"kind": "x"}]
    assert read("\ufeffkind: x\n") == [{"kind": "x"}]


def test_the_memory_for_reading_does_not_grow_with_the_number_of_documents() -> None:
    tracemalloc.start()
    try:
        text = "---\n".join(POLICY for _ in range(3000))
        tracemalloc.reset_peak()
        before, _ = tracemalloc.get_traced_memory()
        assert sum(1 for _ in parse_objects(text, "x.yaml")) == 3000
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak - before < 4 * len(text)


@pytest.mark.slow
def test_fifty_megabytes_of_json_are_read_within_some_hundred_megabytes() -> None:
    text = json.dumps(many(5_000, 10_000), indent=1)
    assert len(text) > 50_000_000
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        found = list(parse_objects(text, "x.json"))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(found) == 5_000
    assert peak - before < 4 * len(text)


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    assert refusal(text).startswith("x.yaml")


@given(st.text(alphabet='{}[],:"\\ud8fe0123.-+eE \nitemskindL'))
def test_anything_like_json_is_read_or_refused(text: str) -> None:
    assert refusal("{" + text).startswith("x.yaml")
