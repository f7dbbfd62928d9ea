"""Files, folders and standard input as the same raw objects that a cluster gives."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubectl_mtls.errors import InvalidInput
from kubectl_mtls.files.read import FileSource, read_files
from kubectl_mtls.model.kind import PEER_AUTHENTICATION, POD, SERVICE
from kubectl_mtls.model.reading import Want

POD_A = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n"
POD_B = "apiVersion: v1\nkind: Pod\nmetadata: {name: b, namespace: bank}\n"


def read(*paths: str | Path, recursive: bool = False, namespace: str = "shop", stdin: bytes = b"") -> FileSource:
    return read_files([str(path) for path in paths], recursive=recursive, namespace=namespace, read_stdin=lambda: stdin)


def names(source: FileSource) -> list[str]:
    return [document.manifest["metadata"]["name"] for document in source.reading.documents]


def refusal(*paths: str | Path, stdin: bytes = b"", recursive: bool = False) -> tuple[str, str | None]:
    with pytest.raises(InvalidInput) as refused:
        read(*paths, stdin=stdin, recursive=recursive)
    return refused.value.message, refused.value.hint


def test_files_are_read_in_the_order_of_the_arguments(tmp_path: Path) -> None:
    (tmp_path / "1.yaml").write_text(POD_A)
    (tmp_path / "2.yaml").write_text(POD_B)
    assert names(read(tmp_path / "2.yaml", tmp_path / "1.yaml")) == ["b", "a"]


def test_a_folder_means_its_manifests_by_name_and_with_recursive_those_below(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "b.yml").write_text(POD_B)
    (tmp_path / "a.yaml").write_text(POD_A)
    (tmp_path / "c.json").write_text('{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "c"}}')
    (tmp_path / "README.md").write_text("# no manifest")
    (tmp_path / "dir.yaml").mkdir()
    (tmp_path / "deep" / "d.yaml").write_text(POD_A.replace("name: a", "name: d"))
    assert names(read(tmp_path)) == ["a", "b", "c"]
    assert names(read(tmp_path, recursive=True)) == ["a", "b", "c", "d"]


def test_a_dash_is_standard_input(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text(POD_B)
    source = read("-", tmp_path / "b.yaml", stdin=POD_A.encode())
    assert names(source) == ["a", "b"]
    assert [str(document.origin) for document in source.reading.documents] == ["-:1", f"{tmp_path / 'b.yaml'}:1"]


def test_objects_without_a_namespace_belong_to_the_one_asked_for() -> None:
    text = POD_A + "---\n" + POD_B + "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: n}\n"
    found = [
        document.manifest["metadata"].get("namespace") for document in read("-", stdin=text.encode()).reading.documents
    ]
    assert found == ["shop", "bank", None]


def test_a_source_gives_the_kinds_that_are_asked_for_and_every_gap() -> None:
    source = read("-", stdin=(POD_A + "---\njust words\n").encode())
    assert len(source.read([Want(POD), Want(SERVICE)]).documents) == 1
    assert source.read([Want(PEER_AUTHENTICATION)]).documents == ()
    assert len(source.read([Want(PEER_AUTHENTICATION)]).gaps) == 1


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("just words\n", "-:1: is no object: a mapping with apiVersion, kind and metadata is needed"),
        ("- a\n- b\n", "-:1: is no object: a mapping with apiVersion, kind and metadata is needed"),
        ("apiVersion: v1\n", "-:1: kind is missing"),
        ("apiVersion: v1\nkind: 5\n", "-:1: kind is missing"),
        ("kind: Pod\n", "-:1: apiVersion of this Pod is missing"),
        ("apiVersion: v1\nkind: Pod\nmetadata: x\n", "-:1: metadata of this Pod should be a mapping"),
        ("a: 1\n---\nkind: List\nitems:\n- 5\n", "-:1: kind is missing"),
    ],
)
def test_what_is_no_object_is_a_gap_that_names_file_line_and_field(text: str, detail: str) -> None:
    source = read("-", stdin=text.encode())
    assert source.reading.gaps[0].detail == detail
    assert source.reading.documents == ()


def test_an_empty_file_among_others_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "empty.yaml").write_text("")
    (tmp_path / "a.yaml").write_text(POD_A)
    assert names(read(tmp_path)) == ["a"]


@pytest.mark.parametrize("content", [b"", b"\n\n", b"# only a comment\n", b"---\n---\n", b"\xef\xbb\xbf", b"null\n"])
def test_files_that_hold_no_object_at_all_are_refused(content: bytes) -> None:
    assert refusal("-", stdin=content)[0].startswith("-: holds no Kubernetes object")


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"\x7fELF\x02\x01\x01\x00\x00", id="a program"),
        pytest.param(b"\x1f\x8b\x08\x00\x00\xff", id="an archive"),
        pytest.param(b"\xff\xfe\x00\x00a\x00\x00\x00", id="UTF-32"),
        pytest.param("kind: x".encode("utf-16-le"), id="UTF-16 without a mark"),
        pytest.param(b"\xff\xfea", id="half a character of UTF-16"),
        pytest.param(b"kind: \xe9t\xe9\n", id="Latin-1"),
        pytest.param(b"kind: a\x00b\n", id="a zero byte"),
    ],
)
def test_what_is_no_text_is_refused(content: bytes) -> None:
    assert refusal("-", stdin=content) == ("-: is not text, so it is no manifest", None)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_text_may_be_in_any_encoding_that_says_what_it_is(encoding: str) -> None:
    assert names(read("-", stdin=POD_A.replace("name: a", "name: é").encode(encoding))) == ["é"]


def test_what_is_missing_or_no_file_is_named(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none.yaml")[0] == f"{tmp_path / 'none.yaml'}: no such file or folder"
    assert refusal("x" * 5000)[0].endswith(": cannot be read: File name too long")
    assert "cannot be read: " in refusal("a\0b")[0]
    (tmp_path / "loop.yaml").symlink_to(tmp_path / "loop.yaml")
    assert refusal(tmp_path / "loop.yaml")[0].startswith(f"{tmp_path / 'loop.yaml'}: cannot be read: ")


def test_a_folder_without_manifests_says_so_and_names_the_flag_that_looks_deeper(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("x")
    message = f"{tmp_path}: no .yaml, .yml or .json file in this folder"
    assert refusal(tmp_path) == (message, "add -R to read the folders below it")
    assert refusal(tmp_path, recursive=True) == (message, None)


def test_malformed_yaml_names_file_line_and_reason(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(POD_A)
    (tmp_path / "b.yaml").write_text("a: 1\nb: c: d\n")
    assert (
        refusal(tmp_path)[0]
        == f"{tmp_path / 'b.yaml'}:2: malformed YAML: mapping values are not allowed in this context"
    )


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    try:
        source = read("-", stdin=content)
    except InvalidInput:
        return
    assert source.reading.documents or source.reading.gaps
