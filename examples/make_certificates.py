"""Certificates for the example meshes, fresh from now: `python examples/make_certificates.py build/examples`.

Certificates that lie in a repository expire there. So the examples' Secrets and copies of the mesh's root are made when
they are wanted, one file for each mesh, to be read together with it:
`kubectl mtls status -A -f examples/shop -f build/examples/shop`.
"""

import base64
import os
import sys
import textwrap
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from kubectl_mtls.certs.issue import Issued, issue, issue_intermediate, issue_root

_DAY = timedelta(days=1)
_SPARE = timedelta(hours=12)  # so that whole days are still left some hours later
_SHOP_NAMESPACES = ("istio-system", "istio-ingress", "shop", "batch")


def write_certificates(folder: Path, now: datetime) -> None:
    """Write FOLDER/EXAMPLE/certificates.yaml for every example. The files hold private keys: mode 0600."""
    for name, manifests in {
        "shop": make_shop(now),
        "shop-in-trouble": make_shop_in_trouble(now),
        "comparison": make_comparison(now),
    }.items():
        path = folder / name / "certificates.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write("---\n".join(manifests))


def make_shop(now: datetime) -> list[str]:
    """All is well: a plugged-in intermediate, equal copies of its root, a partner's certificate half way through."""
    root, authority = _mesh_authority(now, 365 * _DAY)
    return [
        *(_root_copy(namespace, root) for namespace in _SHOP_NAMESPACES),
        _cacerts(authority, root),
        _gateway_secret(now),
        _partner_secret(now, issuing_left=700 * _DAY, leaf_left=60 * _DAY),
    ]


def make_shop_in_trouble(now: datetime) -> list[str]:
    """shop kept the root of an earlier mesh, the mesh's intermediate ends soon, the partner's even before its leaf."""
    root, authority = _mesh_authority(now, 41 * _DAY)
    earlier = issue_root(now, "Shop Mesh Root 2021")
    return [
        *(_root_copy(namespace, earlier if namespace == "shop" else root) for namespace in _SHOP_NAMESPACES),
        _cacerts(authority, root),
        _gateway_secret(now),
        _partner_secret(now, issuing_left=12 * _DAY, leaf_left=37 * _DAY),
    ]


def make_comparison(now: datetime) -> list[str]:
    """What the comparison's command was meant to make: a company's certificate, its key and its CA in one Secret."""
    root = issue_root(now, "Company Root")
    leaf = issue(
        "httpbin", now, issue_intermediate(now, root, "Company Issuing CA"), sans=("DNS:httpbin.company.example",)
    )
    return [_pair("default", "httpbin-credential", leaf, root)]


def _mesh_authority(now: datetime, left: timedelta) -> tuple[Issued, Issued]:
    root = issue("Shop Mesh Root", now, is_ca=True, age=900 * _DAY, lifetime=3650 * _DAY)
    return root, issue_intermediate(now, root, "Shop Mesh Issuing CA", left + _SPARE + _DAY)


def _partner_secret(now: datetime, *, issuing_left: timedelta, leaf_left: timedelta) -> str:
    root = issue("Partner Root", now, is_ca=True, age=2000 * _DAY, lifetime=7300 * _DAY)
    issuing = issue(
        "Partner Issuing CA G2",
        now,
        root,
        is_ca=True,
        path_length=0,
        age=600 * _DAY,
        lifetime=600 * _DAY + issuing_left + _SPARE,
    )
    leaf = issue(
        "shop-cart",
        now,
        issuing,
        sans=("DNS:cart.shop.example",),
        extended_usages=("clientAuth",),
        age=30 * _DAY,
        lifetime=30 * _DAY + leaf_left + _SPARE,
    )
    return _pair("shop", "partner-cert", leaf, root)


def _gateway_secret(now: datetime) -> str:
    public = issue_intermediate(now, issue_root(now, "Public Root"), "Public Issuing CA")
    leaf = issue("shop.example", now, public, sans=("DNS:shop.example",), extended_usages=("serverAuth",))
    return _pair("istio-ingress", "shop-tls", leaf)


def _pair(namespace: str, name: str, leaf: Issued, root: Issued | None = None) -> str:
    data = {"tls.crt": leaf.chain_pem, "tls.key": leaf.key_pem()} | ({"ca.crt": root.pem} if root else {})
    return _secret(namespace, name, "kubernetes.io/tls", data)


def _cacerts(authority: Issued, root: Issued) -> str:
    """The Secret from which istiod takes the key that signs every identity of the mesh."""
    data = {
        "ca-cert.pem": authority.pem,
        "ca-key.pem": authority.key_pem(),
        "cert-chain.pem": authority.chain_pem,
        "root-cert.pem": root.pem,
    }
    return _secret("istio-system", "cacerts", "Opaque", data)


def _secret(namespace: str, name: str, kind: str, data: Mapping[str, bytes]) -> str:
    values = "".join(f"  {key}: {base64.b64encode(value).decode()}\n" for key, value in data.items())
    metadata = f"{{name: {name}, namespace: {namespace}}}"
    return f"apiVersion: v1\nkind: Secret\nmetadata: {metadata}\ntype: {kind}\ndata:\n{values}"


def _root_copy(namespace: str, root: Issued) -> str:
    metadata = f'{{name: istio-ca-root-cert, namespace: {namespace}, labels: {{istio.io/config: "true"}}}}'
    lines = textwrap.indent(root.pem.decode(), "    ")
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata: {metadata}\ndata:\n  root-cert.pem: |\n{lines}"


if __name__ == "__main__":
    write_certificates(Path(sys.argv[1] if len(sys.argv) > 1 else "build/examples"), datetime.now(UTC))
