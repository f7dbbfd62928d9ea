"""Flags in, exit code out: what is wrong is a sentence and a code, never a traceback."""

import io
import json
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kubectl_mtls.cli.main import main
from kubectl_mtls.cli.session import Session
from kubectl_mtls.model.document import parse_objects
from tests.cli.conftest import MESHES, NOW, Runner

SHOP = (MESHES / "shop.yaml").read_text()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        pytest.param(
            "status -f shop.yaml -o xml",
            'error: unable to match a printer suitable for the output format "xml", '
            "allowed formats are: table, wide, json, yaml",
            id="unknown output format",
        ),
        pytest.param("status -f none.yaml", "error: none.yaml: no such file or folder", id="missing file"),
        pytest.param(
            "status -f shop.yaml secret/x", "error: secret/x: should be TYPE/NAME, with one of", id="wrong TYPE"
        ),
        pytest.param("status -f shop.yaml cart", "error: cart: should be TYPE/NAME, with one of", id="no TYPE"),
        pytest.param("status -f shop.yaml svc/", "error: svc/: should be TYPE/NAME, with one of", id="no NAME"),
        pytest.param(
            "status -f shop.yaml svc/cart",
            "error: svc/cart is in several namespaces: bank, shop\nhint: write svc/cart.NAMESPACE",
            id="ambiguous name",
        ),
        pytest.param(
            "status -f shop.yaml svc/none", "error: svc/none: it is not there in any namespace", id="no such name"
        ),
        pytest.param(
            "status -f shop.yaml -n shop deploy/legacy",
            "error: deploy/legacy: no pod of it runs in namespace shop",
            id="a workload without pods",
        ),
        pytest.param(
            "status -f shop.yaml svc/cart.nowhere",
            "error: svc/cart.nowhere: it is not there in any namespace",
            id="no such namespace",
        ),
        pytest.param(
            "status -f shop.yaml --at garbage",
            "error: --at garbage: should be an RFC 3339 time, such as 2026-01-31T03:00:00Z",
            id="--at that is no time",
        ),
        pytest.param("status -f shop.yaml --at 0001-01-01T00:00:00+14:00", "error: --at 0001", id="--at before time"),
        pytest.param("status -f shop.yaml -l 'a=b c'", "error: -l a=b c: is no label selector, such as", id="-l"),
        pytest.param(
            "status -f shop.yaml --fail-on worst",
            "error: --fail-on worst: should be error, warning or info",
            id="--fail-on",
        ),
        pytest.param(
            "status -f shop.yaml --request-timeout soon",
            "error: --request-timeout soon: should be a duration such as 30s, 5m or 2h45m",
            id="--request-timeout",
        ),
        pytest.param("status --nonsense", "error: No such option: --nonsense", id="unknown flag"),
        pytest.param("status -f", "error: Option '-f' requires an argument.", id="a flag without its value"),
        pytest.param("nonsense", "error: No such command 'nonsense'.", id="unknown command"),
    ],
)
def test_what_was_typed_wrong_ends_with_2_and_a_sentence(line: str, message: str, run: Runner) -> None:
    found = run(line)
    assert (found.code, found.out) == (2, "")
    assert found.err.startswith(message)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"a: b: c\n", "error: -:1: malformed YAML: mapping values are not allowed", id="malformed YAML"),
        pytest.param(b'{"a": \n1,}}', "error: -:2: malformed YAML: ", id="malformed JSON"),
        pytest.param(b"", "error: -: holds no Kubernetes object", id="empty"),
        pytest.param(b"\x7fELF\x00\x01", "error: -: is not text, so it is no manifest", id="binary"),
        pytest.param(b"x: &a [*a]", "error: -:1: alias *a names no anchor", id="an alias of itself"),
        pytest.param(b"\x1b[2J: *\x1b[31m\n", "error: -:1: malformed YAML: ", id="control characters"),
    ],
)
def test_what_was_given_wrong_ends_with_2_and_names_file_line_and_reason(
    content: bytes, message: str, run: Runner
) -> None:
    found = run("status -f -", stdin=content)
    assert (found.code, found.out) == (2, "")
    assert found.err.startswith(message)
    assert "\x1b" not in found.err


def test_a_folder_without_manifests_is_refused_with_a_hint(run: Runner, tmp_path: Path) -> None:
    found = run(f"status -f {tmp_path}")
    assert found.code == 2
    assert found.err == (
        f"error: {tmp_path}: no .yaml, .yml or .json file in this folder\nhint: add -R to read the folders below it\n"
    )


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("status -f shop.yaml", 0),
        ("status -f broken.yaml", 0),
        ("status -f shop.yaml --fail-on error", 0),
        ("status -f shop.yaml --fail-on warning", 1),
        ("status -f broken.yaml --fail-on error", 1),
        ("status -f broken.yaml -n bank --fail-on error --allow-gaps", 0),
        ("status -f broken.yaml -n bank --fail-on error", 3),
        ("version --client", 0),
        ("status --help", 0),
        ("status -f -", 2),
        ("status --kubeconfig none", 2),
        ("status --server https://127.0.0.1:1 --token x --request-timeout 1s", 3),
    ],
)
def test_the_exit_code_is(line: str, code: int, run: Runner) -> None:
    assert run(line).code == code


def test_a_named_service_is_found_by_name_and_namespace_and_a_literal_name_comes_first(run: Runner) -> None:
    named = "---\napiVersion: v1\nkind: Service\nmetadata: {name: cart.bank, namespace: shop}\n"
    dotted = f"{SHOP}{named}spec: {{ports: [{{port: 1}}]}}\n"
    found = json.loads(run("status -f - -o json svc/cart.bank", stdin=dotted.encode()).out)
    assert [(row["namespace"], row["service"]) for row in found["services"]] == [("shop", "cart.bank")]


def test_all_formats_say_the_same(run: Runner) -> None:
    as_json, as_yaml = run("status -f shop.yaml -o json"), run("status -f shop.yaml -o yaml")
    assert json.loads(as_json.out) == yaml.safe_load(as_yaml.out)


def test_the_same_objects_as_json_give_the_same_answer_but_for_lines(run: Runner) -> None:
    items = [value for value, _ in parse_objects(SHOP, "shop.yaml")]
    dump = json.dumps({"apiVersion": "v1", "kind": "List", "items": items}).encode()
    table = run("status -f shop.yaml").out.partition("\n\n")[2].partition("\n\n")[0]
    assert run("status -f -", stdin=dump).out.partition("\n\n")[2].partition("\n\n")[0] == table


@pytest.mark.parametrize("output", ["table", "wide", "json", "yaml"])
def test_nothing_hostile_in_names_reaches_the_terminal_raw(output: str, run: Runner) -> None:
    found = run(f"status -f hostile.yaml -o {output}")
    assert found.code == 0
    assert all(line.isprintable() for line in (found.out + found.err).split("\n"))


def test_hostile_names_on_the_command_line_do_not_reach_the_terminal_raw(run: Runner) -> None:
    found = run("status -f 'x\x1b[31m.yaml'")
    assert (found.code, "\x1b" in found.err) == (2, False)
    found = run("status -f hostile.yaml 'svc/a\x1b[31m'")
    assert (found.code, "\x1b" in found.err) == (2, False)


class Closed(io.StringIO):
    def write(self, _: str, /) -> int:
        raise BrokenPipeError


@pytest.mark.parametrize(
    ("line", "code"), [("status -f shop.yaml", 0), ("version --client", 0), ("--help", 0), ("status --help", 0)]
)
def test_a_reader_that_went_away_is_no_failure(line: str, code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(MESHES)
    monkeypatch.setattr("sys.stdout", Closed())
    session = Session(environ={}, stdin=io.BytesIO(), stdout=Closed(), stderr=io.StringIO(), clock=lambda: NOW)
    assert main(line.split(), session) == code


def test_errors_that_nobody_hears_keep_their_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(MESHES)
    session = Session(environ={}, stdin=io.BytesIO(), stdout=Closed(), stderr=Closed(), clock=lambda: NOW)
    assert main(["status", "-f", "none.yaml"], session) == 2


class Bytes(io.BytesIO):
    def __init__(self, error: BaseException) -> None:
        self.error = error

    def read(self, _: int | None = -1, /) -> bytes:
        raise self.error


def test_an_interrupted_run_ends_with_130() -> None:
    session = Session(environ={}, stdin=Bytes(KeyboardInterrupt()), stdout=io.StringIO(), stderr=io.StringIO())
    assert main(["status", "-f", "-"], session) == 130


@pytest.mark.parametrize(("flags", "shown"), [((), False), (("-v", "6"), True)])
def test_a_bug_is_one_sentence_and_its_place_only_when_asked_for(flags: tuple[str, ...], shown: bool) -> None:
    errors = io.StringIO()
    session = Session(environ={}, stdin=Bytes(RuntimeError("secret")), stdout=io.StringIO(), stderr=errors)
    assert main(["status", "-f", "-", *flags], session) == 70
    assert errors.getvalue().startswith("error: this is a bug in kubectl-mtls: RuntimeError; -v 6 shows where\n")
    assert ("Traceback" in errors.getvalue()) is shown


def test_what_a_bug_says_cannot_steer_the_terminal() -> None:
    errors = io.StringIO()
    session = Session(environ={}, stdin=Bytes(RuntimeError("\x1b[2J")), stdout=io.StringIO(), stderr=errors)
    assert main(["status", "-f", "-", "-v", "6"], session) == 70
    assert "\x1b" not in errors.getvalue()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
@given(st.integers(0, len(SHOP) - 1), st.text(max_size=5), st.integers(0, 40))
def test_a_mesh_that_somebody_damaged_is_answered_or_refused(run: Runner, at: int, put: str, cut: int) -> None:
    damaged = SHOP[:at] + put + SHOP[at + cut :]
    found = run("status -f -", stdin=damaged.encode())
    assert found.code in (0, 2), found.text
