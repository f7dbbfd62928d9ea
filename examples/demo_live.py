"""The main job on a real API server: `make demo-live`. See, change a mode, rotate a certificate, take both back."""

import tempfile
from datetime import UTC, datetime
from pathlib import Path

from examples.demo import MADE, ROOT, environment, show
from examples.make_certificates import write_certificates
from kubectl_mtls.certs.issue import issue, issue_intermediate, issue_root
from tests.servers.cluster import running_api_server, running_etcd
from tests.servers.manifests import load_manifests


def write_renewal(folder: Path, now: datetime) -> str:
    """What the partner sends when asked for a new certificate, as flags of `rotate`."""
    root = issue_root(now, "Partner Root G3")
    leaf = issue(
        "shop-cart",
        now,
        issue_intermediate(now, root, "Partner Issuing CA G3"),
        sans=("DNS:cart.shop.example",),
        extended_usages=("clientAuth",),
    )
    for name, content in (("new.pem", leaf.chain_pem), ("new.key", leaf.key_pem()), ("ca.pem", root.pem)):
        (folder / name).touch(mode=0o600)
        (folder / name).write_bytes(content)
    return f"--cert {folder}/new.pem --key {folder}/new.key --ca {folder}/ca.pem"


def main() -> None:
    """Start the API server, put the shop onto it, and run the commands as its operator."""
    now = datetime.now(UTC)
    write_certificates(ROOT / MADE, now)
    print("starting a kube-apiserver with the example shop ...", flush=True)
    with running_etcd() as etcd, running_api_server(etcd, "demo") as server, tempfile.TemporaryDirectory() as folder:
        sources = (ROOT / "examples" / "shop", ROOT / MADE / "shop")
        server.apply(manifest for source in sources for manifest in load_manifests(source))
        renewal = write_renewal(Path(folder), now)
        environ = {**environment(), "KUBECONFIG": str(server.kubeconfig("operator", "shop"))}
        show("What every service accepts", "status", environ)
        show("A namespace is opened for a migration", "switch-mode ns/shop --to PERMISSIVE --yes", environ)
        show("What STRICT would change, and what speaks against it", "switch-mode ns/shop --to STRICT", environ, (4,))
        show("The same, accepted", "switch-mode ns/shop --to STRICT --accept MTLS701 --yes", environ)
        show("Taken back", "switch-mode ns/shop --undo --yes", environ)
        show("The partner's certificate", "inspect-secret partner-cert", environ)
        show("A new one", f"rotate secret/partner-cert {renewal} --accept MTLS712 --yes", environ)
        show("It is in place", "inspect-secret partner-cert", environ)
        show("Taken back", "rotate secret/partner-cert --undo --yes", environ)


if __name__ == "__main__":
    main()
