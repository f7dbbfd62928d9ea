"""ServiceEntries, WorkloadEntries, Sidecars, VirtualServices, AuthorizationPolicies and rules: as istiod reads them."""

from collections.abc import Callable
from typing import Any

import pytest

from kubectl_mtls.model.authorization_policy import parse_authorization_policy
from kubectl_mtls.model.destination_rule import DestinationRule, parse_destination_rule
from kubectl_mtls.model.fields import Malformed
from kubectl_mtls.model.host import covers, full_host, most_specific, overlaps
from kubectl_mtls.model.modes import ClientMode
from kubectl_mtls.model.origin import ApiOrigin
from kubectl_mtls.model.reading import Document
from kubectl_mtls.model.reject import Reject
from kubectl_mtls.model.service_entry import Location, Resolution, ServiceEntry, parse_service_entry
from kubectl_mtls.model.sidecar import parse_sidecar
from kubectl_mtls.model.virtual_service import parse_virtual_service
from kubectl_mtls.model.workload_entry import parse_workload_entry

POLICY = "spec.trafficPolicy"
PARSERS: dict[str, Callable[[Document], Any]] = {
    "DestinationRule": parse_destination_rule,
    "ServiceEntry": parse_service_entry,
    "Sidecar": parse_sidecar,
    "VirtualService": parse_virtual_service,
    "WorkloadEntry": parse_workload_entry,
    "AuthorizationPolicy": parse_authorization_policy,
}


def read(kind: str, spec: Any, **metadata: Any) -> Any:
    group = "security" if kind == "AuthorizationPolicy" else "networking"
    status = metadata.pop("status", {})
    found = {
        "apiVersion": f"{group}.istio.io/v1",
        "kind": kind,
        "metadata": {"name": "x", "namespace": "shop", **metadata},
        "spec": spec,
        "status": status,
    }
    return PARSERS[kind](Document(found, ApiOrigin()))


@pytest.mark.parametrize("kind", PARSERS)
@pytest.mark.parametrize("spec", [{}, None])
def test_an_empty_object_can_be_read(kind: str, spec: Any) -> None:
    assert read(kind, spec).metadata.name == "x"


@pytest.mark.parametrize(
    ("kind", "spec", "field"),
    [
        ("DestinationRule", {"host": 1}, "spec.host"),
        (
            "DestinationRule",
            {"trafficPolicy": {"portLevelSettings": [{"tls": 1}]}},
            "spec.trafficPolicy.portLevelSettings.0.tls",
        ),
        ("DestinationRule", {"subsets": [{"name": 1}]}, "spec.subsets.0.name"),
        ("ServiceEntry", {"ports": [{"number": "80"}]}, "spec.ports.0.number"),
        ("ServiceEntry", {"endpoints": [{"address": 1}]}, "spec.endpoints.0.address"),
        ("Sidecar", {"egress": [{"port": {"number": "x"}}]}, "spec.egress.0.port.number"),
        (
            "VirtualService",
            {"http": [{"route": [{"destination": {"host": 1}}]}]},
            "spec.http.0.route.0.destination.host",
        ),
        ("WorkloadEntry", {"ports": {"http": "80"}}, "spec.ports.http"),
        ("AuthorizationPolicy", {"rules": [{"from": [{"source": 1}]}]}, "spec.rules.0.from.0.source"),
    ],
)
def test_a_wrong_shape_names_its_field(kind: str, spec: Any, field: str) -> None:
    with pytest.raises(Malformed) as malformed:
        read(kind, spec)
    assert malformed.value.field == field


@pytest.mark.parametrize(
    ("kind", "spec", "field"),
    [
        ("DestinationRule", {"trafficPolicy": {"tls": {"mode": "STRICT"}}}, "spec.trafficPolicy.tls.mode"),
        (
            "DestinationRule",
            {"trafficPolicy": {"loadBalancer": {"simple": "X"}}},
            "spec.trafficPolicy.loadBalancer.simple",
        ),
        ("ServiceEntry", {"location": "HERE"}, "spec.location"),
        ("ServiceEntry", {"resolution": 9}, "spec.resolution"),
        ("Sidecar", {"outboundTrafficPolicy": {"mode": "ANY"}}, "spec.outboundTrafficPolicy.mode"),
        ("AuthorizationPolicy", {"action": "FORBID"}, "spec.action"),
    ],
)
def test_a_word_that_istiod_does_not_know_makes_the_object_unreadable(kind: str, spec: Any, field: str) -> None:
    found = read(kind, spec)
    assert isinstance(found, Reject)
    assert found.field == field


def test_words_may_be_numbers() -> None:
    rule = read("DestinationRule", {"trafficPolicy": {"tls": {"mode": 3}, "loadBalancer": {"simple": 3}}})
    assert isinstance(rule, DestinationRule)
    assert rule.policy is not None
    assert (rule.tls[0].mode, rule.policy.load_balancer) == (ClientMode.ISTIO_MUTUAL, "PASSTHROUGH")
    entry = read("ServiceEntry", {"location": 1, "resolution": 2})
    assert isinstance(entry, ServiceEntry)
    assert (entry.location, entry.resolution) == (Location.MESH_INTERNAL, Resolution.DNS)


@pytest.mark.parametrize(
    ("spec", "mode"),
    [
        ({}, "disabled"),
        ({"serviceAccount": "vm"}, "istio"),
        ({"serviceAccount": "vm", "labels": {"security.istio.io/tlsMode": "disabled"}}, "disabled"),
        ({"labels": {"security.istio.io/tlsMode": "istio"}}, "istio"),
    ],
)
def test_the_tls_mode_of_a_machine(spec: Any, mode: str) -> None:
    assert read("WorkloadEntry", spec).machine.tls_mode == mode


def test_labels_of_metadata_win_over_those_of_spec() -> None:
    found = read("WorkloadEntry", {"labels": {"app": "a", "tier": "x"}}, labels={"app": "b"})
    assert found.machine.labels == {"app": "b", "tier": "x"}


@pytest.mark.parametrize(
    ("annotation", "conditions", "healthy"),
    [
        (None, [], True),
        ("false", [], True),
        ("true", [], False),
        ("true", [{"type": "Healthy", "status": "False"}], False),
        ("true", [{"type": "Healthy", "status": "True"}], True),
    ],
)
def test_a_machine_with_health_checks_must_have_passed(annotation: str | None, conditions: Any, healthy: bool) -> None:
    annotations = {"proxy.istio.io/health-checks-enabled": annotation} if annotation else {}
    found = read("WorkloadEntry", {}, annotations=annotations, status={"conditions": conditions})
    assert found.healthy is healthy


def test_a_virtual_service_names_every_destination_in_full() -> None:
    http = {"route": [{"destination": {"host": "a", "subset": "v1"}}], "mirror": {"host": "b"},
            "match": [{"sourceNamespace": "bank"}]}  # fmt: skip
    tcp = {"route": [{"destination": {"host": "c.example", "port": {"number": 9}}}]}
    found = read("VirtualService", {"hosts": ["cart"], "http": [http], "tcp": [tcp]})
    assert found.hosts == ("cart.shop.svc.cluster.local",)
    assert [(one.host, one.port, one.subset, one.source_namespaces) for one in found.destinations] == [
        ("a.shop.svc.cluster.local", 0, "v1", ("bank",)),
        ("b.shop.svc.cluster.local", 0, "", ("bank",)),
        ("c.example", 9, "", ()),
    ]


@pytest.mark.parametrize(
    ("written", "full"),
    [
        ("cart", "cart.shop.svc.cluster.local"),
        ("cart.bank", "cart.bank"),
        ("*", "*"),
        ("*.local", "*.local"),
        ("10.0.0.1", "10.0.0.1"),
        ("::1", "::1"),
        ("", ""),
    ],
)
def test_short_names_are_of_the_namespace(written: str, full: str) -> None:
    assert full_host(written, "shop") == full


@pytest.mark.parametrize(
    ("pattern", "host", "covered", "overlapping"),
    [
        ("a.com", "a.com", True, True),
        ("*.com", "a.com", True, True),
        ("a.com", "*.com", False, True),
        ("*.com", "*.a.com", True, True),
        ("*.a.com", "*.com", False, True),
        ("*", "a.com", True, True),
        ("*.foo.com", "foo.com", False, False),
    ],
)
def test_which_names_a_pattern_stands_for(pattern: str, host: str, covered: bool, overlapping: bool) -> None:
    assert (covers(pattern, host), overlaps(pattern, host)) == (covered, overlapping)


def test_the_longest_pattern_is_the_most_specific_and_ties_go_by_alphabet() -> None:
    wildcards = {"*": 0, "*.com": 1, "*.a.com": 2}
    assert most_specific("x.a.com", {"x.a.com": 3}, wildcards) == 3
    assert most_specific("y.a.com", {}, wildcards) == 2
    assert most_specific("*.a.com", {}, wildcards) == 2
    assert most_specific("*.b.com", {}, wildcards) == 1
    assert most_specific("a.org", {}, {"*.com": 1}) is None
