"""What stands in a data key where something else belongs? By the labels of its PEM blocks alone, never by a value."""

from kubectl_mtls.certs.pem import read_blocks

_WORDS = (
    ("PRIVATE KEY", "a private key"),
    ("CERTIFICATE REQUEST", "a certificate signing request, which is not the certificate yet"),
    ("CERTIFICATE", "a certificate"),
    ("PUBLIC KEY", "a public key"),
    ("PARAMETERS", "parameters of a key alone"),
)


def misfiled(data: bytes) -> str | None:
    """What its first readable PEM block is, in words; None where there is none, or of a kind that nobody mixes up."""
    labels = (block.label for block in read_blocks(data) if not block.problem)
    first = next(labels, "")
    return next((words for ending, words in _WORDS if first.endswith(ending)), None)
