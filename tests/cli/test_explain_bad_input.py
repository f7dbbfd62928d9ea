"""`explain` asked for what is not there, or about objects that are odd: one sentence and 2, or an answer."""

from typing import Any

import pytest

from tests.cli.conftest import Runner, Write
from tests.posture.clients import HOST, client, endpoints, mesh, networking, rule, server, service, workload
from tests.posture.meshes import manifest, policy

LABELS = [letter * 63 for letter in "abc"]
LONGEST = ".".join([*LABELS, "d" * 61])
LONG_ENTRY = networking(
    "ServiceEntry", "front", "long", hosts=[LONGEST], location="MESH_EXTERNAL", resolution="DNS",
    ports=[{"number": 443, "name": "https", "protocol": "HTTPS"}],
)  # fmt: skip
IN_FRONT = manifest("v1", "Pod", "front", "done", spec={"containers": []}, status={"phase": "Succeeded"})


@pytest.mark.parametrize(
    ("line", "error", "hint"),
    [
        pytest.param("pod/wed svc/cart", "it is not there", "nearest names: web", id="no such pod"),
        pytest.param(
            "pod/web.shop svc/cart", "it is not there", "in namespace front: write pod/web.front", id="pod elsewhere"
        ),
        pytest.param("pod/web svc/cart -n bank", "in namespace bank", "write pod/web.front", id="-n elsewhere"),
        pytest.param("pod/done svc/cart", "it has finished", "", id="a finished pod"),
        pytest.param("pod/done svc/cart -n bank", "it is not there", "", id="one elsewhere"),
        pytest.param("ns/fron svc/cart", "no pod runs there", "nearest names: front", id="no such namespace"),
        pytest.param("sa/defualt svc/cart", "no pod runs as it", "nearest names: default", id="no such account"),
        pytest.param("gateway/edge svc/cart", "it is not there", "", id="no such gateway"),
        pytest.param("svc/empty svc/cart", "no pod of it runs", "", id="a service without pods as client"),
        pytest.param("pod/ svc/cart", "should be TYPE/NAME", "", id="no name"),
        pytest.param("/ svc/cart", "should be TYPE/NAME", "", id="neither type nor name"),
        pytest.param("pod/web svc/card", "no Service or ServiceEntry has this name", "cart", id="no such service"),
        pytest.param("pod/web svc/", "SERVER should be svc/NAME", "", id="no service's name"),
        pytest.param("pod/web .", "SERVER should be svc/NAME", "", id="a dot"),
        pytest.param("pod/web deploy/cart", "SERVER should be svc/NAME", "", id="no service"),
        pytest.param("pod/web http://cart.shop:80/x", "SERVER should be svc/NAME", "", id="a URL"),
        pytest.param("pod/web svc/cart/80", "SERVER should be svc/NAME", "", id="a slash for a colon"),
        pytest.param("pod/web svc/cart:81", "has no port 81", "its ports: 80 (http)", id="no such port"),
        pytest.param("pod/web svc/cart:grpc", "has no port grpc", "its ports: 80 (http)", id="no port of this name"),
        pytest.param("pod/web svc/cart:²", "has no port ²", "its ports: 80 (http)", id="a digit that is no number"),
        pytest.param("pod/web svc/cart:0", "a number between 1 and 65535", "", id="port 0"),
        pytest.param("pod/web svc/cart:", "a number between 1 and 65535", "", id="an empty port"),
        pytest.param(f"pod/web svc/cart:{'9' * 5000}", "a number between 1 and 65535", "", id="a huge port"),
        pytest.param("pod/web svc/empty", "has no ports", "", id="no ports at all"),
        pytest.param("pod/web 10.9.9.9", "has this address", "passes what it does not know", id="no such address"),
        pytest.param("pod/web 2001:db8::9", "has this address", "passes what it does not", id="no such IPv6 address"),
        pytest.param("pod/web [2001:db8::9]:80", "has this address", "passes what it does", id="one with a port"),
        pytest.param("pod/web [::1", "written [ADDRESS]:PORT", "", id="an open bracket"),
        pytest.param("pod/web [::1]80", "written [ADDRESS]:PORT", "", id="no colon"),
        pytest.param("pod/web [::1]:", "a number between 1 and 65535", "", id="no port behind the colon"),
        pytest.param(
            f"pod/web {LONGEST}d", "no Service or ServiceEntry has this name", "nearest", id="too long by one"
        ),
        pytest.param(f"pod/web {'a' * 5000}", "names have 1 to 253 characters", "", id="far too long"),
        pytest.param(f"pod/{'a' * 5000} svc/cart", "names have 1 to 253 characters", "", id="such a client"),
    ],
)
def test_what_is_not_there_is_one_sentence(run: Runner, write: Write, line: str, error: str, hint: str) -> None:
    empty = manifest("v1", "Service", "shop", "empty", spec={"selector": {"app": "nobody"}})
    ran = run(f"explain {line} -f {write(IN_FRONT, empty, LONG_ENTRY)}")
    assert (ran.code, ran.out) == (2, "")
    said, _, advice = ran.err.partition("\nhint: ")
    assert error in said
    assert hint in advice


@pytest.mark.parametrize("name", ["svc/cart", "cart.shop", HOST, "10.96.0.1"])
def test_a_service_that_cannot_be_read_is_said_to_be_so(run: Runner, write: Write, name: str) -> None:
    odd = service()
    odd["spec"]["ports"] = "80"
    ran = run(f"explain pod/web {name} -f {write(of=[client(), server(), odd])}")
    assert (ran.code, ran.out) == (2, "")
    assert "or it was not readable: " in ran.err
    assert "spec.ports should be a list" in ran.err


def malformed(made: Any, path: str) -> Any:
    """An object with a list where one of its fields should have something else."""
    *parents, last = path.split(".")
    place = made
    for key in parents:
        place = place[key]
    place[last] = ["odd"]
    return made


@pytest.mark.parametrize(
    ("odd", "field"),
    [
        pytest.param(malformed(rule("odd", mode="DISABLE"), "spec.trafficPolicy.tls"), "tls", id="a rule"),
        pytest.param(malformed(policy("odd", "STRICT"), "spec.mtls"), "spec.mtls", id="a policy"),
        pytest.param(
            malformed(networking("Sidecar", "front", "odd", egress=[]), "spec.egress"), "spec.egress.0", id="a Sidecar"
        ),
        pytest.param(malformed(rule("odd", namespace="bank"), "spec.host"), "", id="a rule that decides nothing here"),
        pytest.param(malformed(policy("odd", namespace="bank"), "spec"), "", id="a policy that decides nothing here"),
    ],
)
def test_what_may_decide_and_cannot_be_read_is_named_and_is_no_pass(
    run: Runner, write: Write, odd: Any, field: str
) -> None:
    ran = run(f"explain pod/web svc/cart -f {write(odd)}")
    assert ran.code == (3 if field else 0), ran.out
    assert ("UNKNOWN:\n  not readable: " in ran.out) is bool(field)
    assert f"{field} should be a mapping, is " in ran.out or not field
    assert run(f"explain pod/web svc/cart --allow-gaps -f {write(odd)}").code == 0


def six(**of_service: Any) -> list[Any]:
    """Service cart with an IPv4 and an IPv6 address, before a pod that has both."""
    slices = [endpoints(server()), endpoints(workload("cart", "shop", "2001:db8::1"))]
    slices[1]["metadata"]["name"], slices[1]["addressType"] = "cart-six", "IPv6"
    both = {"clusterIPs": ["10.96.0.1", "2001:db8::a"], "ipFamilies": ["IPv4", "IPv6"], **of_service}
    return [client(), server(), service(**both), *slices]


@pytest.mark.parametrize(
    "address", ["10.96.0.1", "2001:db8::a", "2001:DB8:0::A", "[2001:db8::a]:80", "10.0.0.1", "2001:db8:0:0::1"]
)
def test_a_dual_stack_service_has_both_its_addresses_and_those_of_its_pods(
    run: Runner, write: Write, address: str
) -> None:
    assert f"web -> {HOST}:80   mTLS" in run(f"explain pod/web {address} -f {write(of=six())}").out


def test_a_service_of_ipv6_alone(run: Runner, write: Write) -> None:
    alone = [client(), workload("cart", "shop", "2001:db8::1"), service(clusterIP="2001:db8::a"), six()[-1]]
    for address in ("2001:db8::a", "[2001:db8::1]:80"):
        assert f"web -> {HOST}:80   mTLS" in run(f"explain pod/web {address} -f {write(of=alone)}").out


@pytest.mark.parametrize(
    ("address", "of_service", "noted"),
    [
        pytest.param("10.0.0.1:8080", {}, True, id="an endpoint's address and port"),
        pytest.param("10.0.0.1", {"clusterIP": "None", "clusterIPs": ["None"]}, False, id="of a headless Service"),
        pytest.param("10.96.0.1", {}, False, id="the Service's own address"),
    ],
)
def test_an_endpoints_address_is_not_called_as_its_service_is(
    run: Runner, write: Write, address: str, of_service: dict[str, Any], noted: bool
) -> None:
    ran = run(f"explain pod/web {address} -f {write(of=six(**of_service))}")
    assert f"web -> {HOST}:80   mTLS" in ran.out
    assert ran.err.startswith(f"note: {address.removesuffix(':8080')} is an endpoint of service/cart") is noted


@pytest.mark.parametrize(("address", "code"), [("192.0.2.10", 0), ("192.0.3.1", 2)])
def test_a_network_of_a_service_entry_holds_its_addresses(run: Runner, write: Write, address: str, code: int) -> None:
    net = networking(
        "ServiceEntry", "front", "net", hosts=["net.example"], addresses=["192.0.2.0/24", "nonsense/99"],
        resolution="NONE", location="MESH_EXTERNAL", ports=[{"number": 443, "name": "tls", "protocol": "TLS"}],
    )  # fmt: skip
    assert run(f"explain pod/web {address} -f {write(net)}").code == code


def test_pods_that_end_are_no_endpoints(run: Runner, write: Write) -> None:
    ending = server()
    ending["metadata"]["deletionTimestamp"] = "2026-07-31T00:00:00Z"
    slices = endpoints(ending)
    slices["endpoints"][0]["conditions"] = {"ready": False, "serving": True, "terminating": True}
    ran = run(f"explain pod/web svc/cart -f {write(of=[client(), ending, service(), slices])}")
    assert ran.code == 0
    assert "UNKNOWN: nothing is behind it" in ran.out


def test_names_as_long_as_names_can_be(run: Runner, write: Write) -> None:
    ran = run(f"explain pod/{'w' * 253} {LONGEST}:443 -f {write(LONG_ENTRY, workload('w' * 253, 'front', '10.0.1.9'))}")
    assert ran.code == 0
    assert f"{'w' * 253} -> {LONGEST}:443   PLAINTEXT" in ran.out


@pytest.mark.parametrize("host", ["", "..", "*.*", "x" * 400, "http://cart", "cart:80", "CART", "\u2028"])
def test_a_rule_for_a_host_that_cannot_be_changes_nothing(run: Runner, write: Write, host: str) -> None:
    ran = run(f"explain pod/web svc/cart -f {write(rule('odd', host, mode='DISABLE'))}")
    assert ran.code == 0
    assert f"web -> {HOST}:80   mTLS" in ran.out


def alias(name: str, target: str) -> Any:
    return manifest(
        "v1", "Service", "shop", name, spec={"type": "ExternalName", "externalName": target, "ports": [{"port": 80}]}
    )


@pytest.mark.parametrize("asked", ["one", "two", "self", "svc/one.shop"])
def test_names_that_go_round_in_circles_are_answered(run: Runner, write: Write, asked: str) -> None:
    circle = [
        alias("one", "two.shop.svc.cluster.local"),
        alias("two", "one.shop.svc.cluster.local"),
        alias("self", "self.shop.svc.cluster.local"),
    ]
    ran = run(f"explain pod/web {asked} -f {write(*circle)}")
    assert ran.code == 0
    assert "its proxy does not know the host" in ran.out


def test_routes_in_a_circle_and_ten_thousand_of_them_are_named_and_cut(run: Runner, write: Write) -> None:
    routes = [{"destination": {"host": f"v{number}.example"}} for number in range(10_000)]
    there = networking("VirtualService", "front", "there", hosts=[HOST], http=[{"route": routes}])
    back = networking(
        "VirtualService", "front", "back", hosts=["v0.example"], http=[{"route": [{"destination": {"host": HOST}}]}]
    )
    ran = run(f"explain pod/web svc/cart -f {write(there, back)}")
    assert ran.code == 0
    assert "may also be routed to v0.example" in ran.out
    assert len(ran.out.splitlines()) < 30


def test_nobody_is_a_client_where_there_is_no_pod(run: Runner, write: Write) -> None:
    for line in ("explain any svc/cart", "explain any", "explain --all"):
        assert run(f"{line} -f {write(of=[service()])}").code == 0
    assert run(f"explain outside svc/cart -f {write(of=mesh())}").code == 0
