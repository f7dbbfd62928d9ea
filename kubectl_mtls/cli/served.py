"""What a server shows, as the subject of an inspection: `--connect HOST:PORT` without a NAME."""

from datetime import datetime

from kubectl_mtls.certs.pem import write_block
from kubectl_mtls.certs.served import Served
from kubectl_mtls.cli.subjects import Subjects
from kubectl_mtls.model.assembly import build_snapshot
from kubectl_mtls.model.control_plane import DEFAULT_NAMESPACE
from kubectl_mtls.model.kind import SECRET
from kubectl_mtls.model.origin import FileOrigin
from kubectl_mtls.model.reading import Document, Reading
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.model.secret import parse_secret
from kubectl_mtls.render.inspection_table import SERVED_TYPE


def served_subjects(served: Served, read_at: datetime) -> Subjects:
    """Its chain, without a key."""
    chain = b"".join(write_block("CERTIFICATE", certificate.der) for certificate in served.certificates)
    manifest = {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": SERVED_TYPE,
        "metadata": {"name": served.address, "namespace": "default"},
        "stringData": {"tls.crt": chain.decode()},
    }
    document = Document(manifest, FileOrigin(served.address, 1))
    ref = Ref(SECRET, "default", served.address)
    snapshot = build_snapshot(Reading((document,)), live=False)
    return Subjects(snapshot, {ref: parse_secret(document)}, (ref,), DEFAULT_NAMESPACE, read_at, frozenset((ref,)))
