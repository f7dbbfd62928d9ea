"""Which CA signs the workload certificates."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from kubectl_mtls.certs.certificate import Certificate, parse_certificates
from kubectl_mtls.model.gap import Gap, GapReason
from kubectl_mtls.model.kind import DEPLOYMENT
from kubectl_mtls.posture.mesh.authority import AuthorityKind, resolve_authority
from tests.posture.meshes import istiod, mesh_config, snapshot_of

NOW = datetime(2026, 8, 1, tzinfo=UTC)


def root(organization: str, **more: str) -> Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    pairs = [(NameOID.ORGANIZATION_NAME, organization), *((getattr(NameOID, oid), text) for oid, text in more.items())]
    name = x509.Name([x509.NameAttribute(oid, text) for oid, text in pairs])
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    (found,), _ = parse_certificates(built.public_bytes(Encoding.PEM))
    return found


@pytest.mark.parametrize(
    ("env", "kind", "detail"),
    [
        ({"ENABLE_CA_SERVER": "false", "CA_ADDR": "cert-manager-istio-csr.cert-manager.svc:443"}, "istio-csr", None),
        ({"ENABLE_CA_SERVER": "false", "CA_ADDR": "ca.corp:443"}, "external", "ca.corp:443"),
        ({"ENABLE_CA_SERVER": "false"}, "external", ""),
        ({"ENABLE_CA_SERVER": "true"}, "unknown", ""),
        ({"EXTERNAL_CA": "ISTIOD_RA_KUBERNETES_API", "K8S_SIGNER": "corp/ca"}, "Kubernetes CSR API", "corp/ca"),
        ({"EXTERNAL_CA": "ISTIOD_RA_KUBERNETES_API", "CERT_SIGNER_DOMAIN": "corp"}, "Kubernetes CSR API", "corp"),
        ({}, "unknown", ""),
    ],
)
def test_the_flags_of_istiod_tell_who_signs(env: dict[str, str], kind: str, detail: str | None) -> None:
    found = resolve_authority(snapshot_of([istiod(env=env)]), (), NOW)
    assert found.kind == kind
    assert found.detail == (env["CA_ADDR"] if detail is None else detail)


def test_the_address_in_mesh_config_is_what_proxies_use() -> None:
    mesh = mesh_config("defaultConfig: {proxyMetadata: {CA_ADDR: 'cert-manager-istio-csr.cm.svc:443'}}")
    found = resolve_authority(snapshot_of([istiod(env={"ENABLE_CA_SERVER": "false"}), mesh]), (), NOW)
    assert (found.kind, found.detail) == (AuthorityKind.ISTIO_CSR, "cert-manager-istio-csr.cm.svc:443")


def test_the_default_control_plane_is_asked_first() -> None:
    both = [istiod("1-31", env={"ENABLE_CA_SERVER": "false"}), istiod()]
    assert resolve_authority(snapshot_of(both), (), NOW).kind is AuthorityKind.UNKNOWN


def test_a_root_of_others_does_not_tell_who_signs_where_istiod_may_hide() -> None:
    gap = Gap(DEPLOYMENT, "istio-system", None, GapReason.FORBIDDEN, "may not list deployments.apps")
    foreign, own = (root("corp.example"),), (root("cluster.local"),)
    assert resolve_authority(snapshot_of([], gaps=[gap]), foreign, NOW).kind is AuthorityKind.UNKNOWN
    assert resolve_authority(snapshot_of([], gaps=[gap]), own, NOW).kind is AuthorityKind.SELF_SIGNED
    assert resolve_authority(snapshot_of([istiod()], gaps=[gap]), foreign, NOW).kind is AuthorityKind.PLUGGED_IN


@pytest.mark.parametrize(
    ("organization", "more", "mesh", "kind"),
    [
        ("cluster.local", {}, "{}", AuthorityKind.SELF_SIGNED),
        ("corp.example", {}, "trustDomain: corp.example", AuthorityKind.SELF_SIGNED),
        ("corp.example", {}, "{}", AuthorityKind.PLUGGED_IN),
        ("cluster.local", {"COMMON_NAME": "Root CA"}, "{}", AuthorityKind.PLUGGED_IN),
    ],
)
def test_istiods_own_root_is_named_after_the_trust_domain_and_nothing_else(
    organization: str, more: dict[str, str], mesh: str, kind: AuthorityKind
) -> None:
    found = resolve_authority(snapshot_of([mesh_config(mesh)]), (root(organization, **more),), NOW)
    assert (found.kind, found.by_root, found.intermediate) == (kind, True, None)
