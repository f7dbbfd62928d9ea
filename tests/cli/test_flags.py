"""How single flags and arguments are read."""

import io
from datetime import UTC, datetime

import pytest

from kubectl_mtls.cli.duration import parse_duration
from kubectl_mtls.cli.label_selector import parse_selector
from kubectl_mtls.cli.scope import parse_moment
from kubectl_mtls.cli.session import Session
from kubectl_mtls.cli.target import Target, find_target, parse_target, target_namespaces
from kubectl_mtls.errors import InvalidInput
from kubectl_mtls.model.kind import DEPLOYMENT, NAMESPACE, PEER_AUTHENTICATION, POD, SERVICE
from kubectl_mtls.model.ref import Ref
from tests.cli.conftest import Runner, Write
from tests.posture.meshes import forbidden, pod, policy, service, snapshot_of

NOW = datetime(2026, 8, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("30", 30),
        ("1.5", 1.5),
        ("0", 0),
        ("30s", 30),
        ("5m", 300),
        ("2h45m", 9900),
        ("1.5h", 5400),
        ("7d", 604800),
        ("250ms", 0.25),
    ],
)
def test_a_duration_is_written_as_in_go_and_a_number_means_seconds(written: str, seconds: float) -> None:
    assert parse_duration(written, "--timeout") == seconds


@pytest.mark.parametrize("written", ["", "-5s", "5x", "s", "5 s", "1h-5m", "inf", "nan", "1e3"])
def test_another_word_is_no_duration(written: str) -> None:
    with pytest.raises(InvalidInput, match=r"--timeout .*: should be a duration such as 30s, 5m or 2h45m"):
        parse_duration(written, "--timeout")


LABELS = [{"app": "cart", "tier": "front"}, {"app": "web"}, {"app.kubernetes.io/name": "db"}, {}]


@pytest.mark.parametrize(
    ("written", "chosen"),
    [
        (None, [0, 1, 2, 3]),
        ("", [0, 1, 2, 3]),
        ("app=cart", [0]),
        ("app==cart", [0]),
        (" app = cart ", [0]),
        ("app=cart,tier=front", [0]),
        ("app=cart,tier=back", []),
        ("app!=cart", [1, 2, 3]),
        ("app", [0, 1]),
        ("!app", [2, 3]),
        ("app in (cart, web)", [0, 1]),
        ("app in(web)", [1]),
        ("app notin (cart)", [1, 2, 3]),
        ("app.kubernetes.io/name=db", [2]),
        ("app,!tier", [1]),
        ("app=", []),
    ],
)
def test_a_label_selector_chooses_as_kubectls(written: str | None, chosen: list[int]) -> None:
    matches = parse_selector(written)
    assert [index for index, labels in enumerate(LABELS) if matches(labels)] == chosen


@pytest.mark.parametrize(
    "written", ["=", "a=b c", "a in", "a in (b", "a in b)", "(a)", "a=b,,c=d", "a>1", "!a=b", "a=b;c"]
)
def test_another_text_is_no_label_selector(written: str) -> None:
    with pytest.raises(InvalidInput, match="is no label selector"):
        parse_selector(written)


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        (None, NOW),
        ("2026-09-01T02:00:00+02:00", datetime(2026, 9, 1, tzinfo=UTC)),
        ("2026-09-01T00:00:00Z", datetime(2026, 9, 1, tzinfo=UTC)),
        ("2026-09-01", datetime(2026, 9, 1, tzinfo=UTC)),
    ],
)
def test_a_moment_is_given_or_now(written: str | None, moment: datetime) -> None:
    assert parse_moment(written, Session(environ={}, stdin=io.BytesIO(), clock=lambda: NOW)) == moment


KINDS = (NAMESPACE, SERVICE, POD, PEER_AUTHENTICATION, DEPLOYMENT)


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        *((f"{word}/x", SERVICE) for word in ("svc", "service", "services", "SVC", "Service")),
        *((f"{word}/x", NAMESPACE) for word in ("ns", "namespace", "namespaces")),
        *((f"{word}/x", DEPLOYMENT) for word in ("deploy", "deployment", "deployments.apps", "deployment.apps")),
        *(
            (f"{word}/x", PEER_AUTHENTICATION)
            for word in ("pa", "peerauthentication", "peerauthentications.security.istio.io")
        ),
    ],
)
def test_a_type_is_any_word_that_kubectl_knows(written: str, kind: object) -> None:
    assert parse_target(written, KINDS) == Target(written, kind, "x")  # type: ignore[arg-type]  # tests only


@pytest.mark.parametrize("written", ["", "/", "svc", "svc/", "/x", "secret/x", "sts/x", "svc /x"])
def test_another_text_is_no_target(written: str) -> None:
    with pytest.raises(InvalidInput, match="should be TYPE/NAME, with one of the types ns, svc, po, pa, deploy"):
        parse_target(written, KINDS)


def test_words_that_would_do_as_well_are_named() -> None:
    with pytest.raises(InvalidInput, match=r"should be TYPE/NAME, .*, or mesh$"):
        parse_target("cart", KINDS, "mesh")


SNAPSHOT = snapshot_of(
    [service(), service(namespace="bank"), service("cart.bank"), service("only"), pod("a"), policy()],
    gaps=[forbidden(POD, "bank")],
)


def found(written: str, default: tuple[str, ...] | None) -> Ref:
    return find_target(SNAPSHOT, parse_target(written, KINDS), default)


@pytest.mark.parametrize(
    ("written", "default", "ref"),
    [
        ("svc/cart", ("shop",), Ref(SERVICE, "shop", "cart")),
        ("svc/cart.shop", ("bank",), Ref(SERVICE, "shop", "cart")),
        ("svc/cart.bank", ("shop",), Ref(SERVICE, "shop", "cart.bank")),
        ("svc/cart.bank", ("bank",), Ref(SERVICE, "bank", "cart")),
        ("svc/cart.bank", None, Ref(SERVICE, "shop", "cart.bank")),
        ("svc/only", None, Ref(SERVICE, "shop", "only")),
        ("po/a", None, Ref(POD, "shop", "a")),
        ("pa/default", None, Ref(PEER_AUTHENTICATION, "shop", "default")),
        ("ns/any", None, Ref(NAMESPACE, "", "any")),
    ],
)
def test_a_name_is_literal_in_scope_first_and_then_split_at_its_last_dot(
    written: str, default: tuple[str, ...] | None, ref: Ref
) -> None:
    assert found(written, default) == ref


def test_a_name_that_is_not_there_says_where_it_was_sought_and_what_could_not_be_read() -> None:
    with pytest.raises(InvalidInput, match="svc/none: it is not there in namespace shop") as missing:
        found("svc/none", ("shop",))
    assert missing.value.hint == "or it was not readable: pods forbidden"


@pytest.mark.parametrize(
    ("written", "default", "namespaces"),
    [
        ([], ("shop",), ("shop",)),
        (["svc/a"], None, None),
        (["svc/a"], ("shop",), ("shop",)),
        (["svc/a.bank"], ("shop",), ("shop", "bank")),
        (["ns/bank"], ("shop",), ("bank",)),
        (["ns/bank", "svc/a"], ("shop",), ("bank", "shop")),
    ],
)
def test_only_the_namespaces_that_targets_may_be_in_are_read(
    written: list[str], default: tuple[str, ...] | None, namespaces: tuple[str, ...] | None
) -> None:
    assert target_namespaces([parse_target(one, KINDS) for one in written], default) == namespaces


@pytest.mark.parametrize("command", ["status", "check", "snapshot"])
def test_no_secret_and_those_of_the_ca_cannot_both_be_read(run: Runner, write: Write, command: str) -> None:
    ran = run(f"{command} --no-secrets --read-ca -f {write()}")
    assert (ran.code, ran.out) == (2, "")
    assert "--no-secrets reads no Secret and --read-ca some" in ran.err
