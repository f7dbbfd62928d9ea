"""Is a certificate for this host: RFC 9525, the alternative names alone; the common name does not count."""

from kubectl_mtls.certs.certificate import Certificate


def serves_host(leaf: Certificate, host: str) -> bool:
    """Whether a client that calls `host` finds it among the names; a wildcard stands for one label."""
    wanted = host.casefold().rstrip(".")
    if wanted == "*":
        return True
    names = [san.removeprefix("DNS:").casefold() for san in leaf.sans if san.startswith("DNS:")]
    return f"IP:{host}" in leaf.sans or any(_names(name, wanted) for name in names)


def _names(name: str, wanted: str) -> bool:
    if name == wanted:
        return True
    return name.startswith("*.") and not wanted.startswith("*.") and wanted.partition(".")[2] == name[2:]
