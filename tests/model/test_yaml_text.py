"""YAML as kubectl reads it: every row was compared with what a real kubectl 1.32 makes of the same text."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_mtls.errors import InvalidInput
from kubectl_mtls.model.yaml_text import parse_yaml


def read(text: str) -> Any:
    (document,) = parse_yaml(text, "x.yaml")
    return document.value


def refusal(text: str) -> str:
    """The message, or how one begins when there is none."""
    try:
        list(parse_yaml(text, "x.yaml"))
    except InvalidInput as refused:
        return refused.message
    return "x.yaml:"


@pytest.mark.parametrize(
    ("written", "value"),
    [
        *((word, True) for word in ("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON")),
        *((word, False) for word in ("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF")),
        *((word, None) for word in ("~", "null", "Null", "NULL", "", '!!null ""')),
        ("yES", "yES"),
        ("nULL", "nULL"),
        ('"y"', "y"),
        ("'on'", "on"),
        ("0755", 493),
        ("+0755", 493),
        ("-0755", -493),
        ("007", 7),
        ("0_7", 7),
        ("0o17", 15),
        ("0o8", "0o8"),
        ("08", 8),
        ("0x1F", 31),
        ("0x_1F", 31),
        ("-0x1F", -31),
        ("0x", "0x"),
        ("0b11", 3),
        ("-0b101", -5),
        ("0b", "0b"),
        ("1_000", 1000),
        ("1__0", 10),
        ("_1", "_1"),
        ("-0", 0),
        ("+1", 1),
        ("18446744073709551615", 18446744073709551615),
        ("99999999999999999999999999999999999999", 1e38),
        ("80.0", 80),
        ("1.", 1),
        ("1e3", 1000),
        ("12e03", 12000),
        ("1e21", 1e21),
        (".5", 0.5),
        ("._1", "._1"),
        ("1_000.5", 1000.5),
        ("1e400", "1e400"),
        ("1e", "1e"),
        ("0x1.8p1", "0x1.8p1"),
        ("nan", "nan"),
        ("Infinity", "Infinity"),
        ("=", "="),
        ("2024-01-01", "2024-01-01"),
        ("2001-01-01T00:00:00Z", "2001-01-01T00:00:00Z"),
        ("!!timestamp 2001-01-01", "2001-01-01"),
        ("12:30:00", "12:30:00"),
        ("1:30", "1:30"),
        ("!!str 5", "5"),
        ("!!str", ""),
        ("!foo 5", "5"),
        ('!!int "7"', 7),
        ("!!float 7", 7),
        ('!!bool "y"', True),
        ("!!binary aGVsbG8=", "hello"),
        (r'"\x41"', "A"),
        ('"<<"', "<<"),
    ],
)
def test_a_scalar_means_what_it_means_to_kubectl(written: str, value: object) -> None:
    found = read(f"x: {written}\n")["x"]
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("{true: a, no: b, 010: c, 1.5: d, 2024-01-01: e}", {"true": "a", "false": "b", "8": "c", "1.5": "d"}),
        ("{a: 1, a: 2}", {"a": 2}),
        ("{a: 1, b}", {"a": 1, "b": None}),
        ("{n: t}", {"false": "t"}),
        ('{"<<": {a: 1}}', {"<<": {"a": 1}}),
        ("{!!str <<: {a: 1}}", {"<<": {"a": 1}}),
        ("{<<: {k: base, z: 1}, k: own}", {"k": "own", "z": 1}),
        ("{k: own, <<: {k: base, z: 1}}", {"k": "base", "z": 1}),
        ("{<<: [{k: base, z: 1}, {k: second, w: 2}]}", {"k": "base", "z": 1, "w": 2}),
        ("{<<: {k: base}, <<: {k: late}}", {"k": "late"}),
        ("{b: &b [1], c: &b 2, d: *b}", {"b": [1], "c": 2, "d": 2}),
        ("{b: &b {k: 1}, m: {<<: *b, l: 2}}", {"b": {"k": 1}, "m": {"k": 1, "l": 2}}),
    ],
)
def test_a_mapping_has_the_keys_that_kubectl_gives_it(written: str, value: dict[str, object]) -> None:
    found = read(written)
    assert {key: found[key] for key in value} == value
    assert set(found) - set(value) <= {"2024-01-01"}


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("x: .inf", "x.yaml:1: .inf is no value of JSON"),
        ("x: -.Inf", "x.yaml:1: -.Inf is no value of JSON"),
        ("x: 1\ny: .NaN", "x.yaml:2: .NaN is no value of JSON"),
        ("x: &a [*a]", "x.yaml:1: alias *a names no anchor"),
        ("x: *nobody", "x.yaml:1: alias *nobody names no anchor"),
        ("x: {? [a] : b}", "x.yaml:1: a key must be a word or a number"),
        ("a: 1\nx: {~: d}", "x.yaml:2: a key must be a word or a number"),
        ("x: {<<: 5}", "x.yaml:1: the merge key << needs a mapping, or a list of mappings"),
        ('x: !!binary "="', "x.yaml:1: !!binary should be base64"),
        ("x: ? a", "x.yaml:1: malformed YAML: mapping keys are not allowed in this context"),
        ("a: b\n  c: d\n", "x.yaml:2: malformed YAML: mapping values are not allowed in this context"),
        (
            "a: 'never closed\n",
            "x.yaml:2: malformed YAML: while scanning a quoted scalar found unexpected end of stream",
        ),
        ("a:\n\t- b\n", "x.yaml:2: malformed YAML: while scanning for the next token found character that cannot"),
        ("a: 1\nb: \x07\n", "x.yaml:2: malformed YAML: "),
        ("---\na: 1\n--- [", "x.yaml:3: malformed YAML: while parsing a flow"),
        ("[" * 300, "x.yaml:1: nested more than 200 levels deep"),
        ("- " * 300, "x.yaml:1: nested more than 200 levels deep"),
    ],
)
def test_what_kubectl_refuses_is_refused_with_file_line_and_reason(written: str, reason: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        list(parse_yaml(written, "x.yaml"))
    assert refused.value.message.startswith(reason)


def test_aliases_that_multiply_are_refused_before_anybody_walks_them() -> None:
    bomb = "a0: &a0 [lol]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12))
    with pytest.raises(InvalidInput, match="aliases stand for more than 400000 values"):
        list(parse_yaml(bomb, "x.yaml"))


def test_an_anchor_can_be_used_many_times() -> None:
    labels = read("base: &base {app: cart}\nall: [" + ", ".join(["*base"] * 1000) + "]")["all"]
    assert labels == [{"app": "cart"}] * 1000


def test_anchors_end_with_their_document() -> None:
    with pytest.raises(InvalidInput, match="alias \\*a names no anchor"):
        list(parse_yaml("a: &a 1\n---\nb: *a\n", "x.yaml"))


def test_empty_documents_are_none_and_lines_are_those_of_the_first_word() -> None:
    documents = list(parse_yaml("# only a comment\n---\n---\n\n# more\na: 1\n---\n- b\n...\n---\nnull\n", "x.yaml"))
    assert [(document.value, document.line) for document in documents] == [({"a": 1}, 6), (["b"], 8)]


def test_lines_are_known_by_path() -> None:
    (document,) = parse_yaml("a:\n  b: 1\n  c:\n  - d: 2\n\n  - {e: 3,\n     f: 4}\n'8080':\n  mode: x\n", "x.yaml")
    assert document.lines.flat(document.value) == {
        "a": 1,
        "a.b": 2,
        "a.c": 3,
        "a.c.0": 4,
        "a.c.0.d": 4,
        "a.c.1": 6,
        "a.c.1.e": 6,
        "a.c.1.f": 7,
        "8080": 8,
        "8080.mode": 9,
    }


def test_of_duplicate_keys_the_later_line_counts_too() -> None:
    (document,) = parse_yaml("a: 1\nb: 2\na: 3\n", "x.yaml")
    assert (document.value["a"], document.lines.flat(document.value)["a"]) == (3, 3)


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    assert refusal(text).startswith("x.yaml:")


@given(st.text(alphabet=":-?[]{}&*!|>'\"%@`#, \n\tab01~<.="))
def test_any_punctuation_is_read_or_refused(text: str) -> None:
    assert refusal(text).startswith("x.yaml:")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text(st.characters(codec="ascii")),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="ascii"), max_size=20), inner),
        max_leaves=20,
    ).filter(lambda value: value is not None)
)
def test_json_means_as_yaml_what_it_means_as_json(value: object) -> None:
    assert read(json.dumps(value).replace("\\u007f", "\x7f").replace("\x7f", "\\x7f")) == value
