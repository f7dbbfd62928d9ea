"""Does a CA's name constraint allow a certificate's names.

RFC 5280 section 4.2.1.10 as BoringSSL does it (`crypto/x509/v3_ncons.cc`): DNS names, e-mail addresses, URIs by their
host, and directory names; a constraint on another kind refuses every name of that kind.
"""

from collections.abc import Iterable

from cryptography import x509

from kubectl_mtls.certs.certificate import Certificate
from kubectl_mtls.certs.loaded import load
from kubectl_mtls.certs.name import parse_name


def refused_name(certificate: Certificate, issuer: Certificate) -> str | None:
    """The first name of the certificate that the issuer may not sign; None when all are allowed."""
    if not issuer.extensions.has_name_constraints:
        return None
    try:
        constraints = load(issuer.der).extensions.get_extension_for_class(x509.NameConstraints).value
        for name in _names(load(certificate.der)):
            if not _allows(constraints, name):
                return str(name.value)
    except (ValueError, TypeError, x509.ExtensionNotFound):
        return "one that cannot be read"
    if certificate.subject and not _allows_subject(constraints, certificate):
        return certificate.subject.text
    return None


def allows_host(issuer: Certificate, host: str) -> bool:
    """Whether the issuer may sign this DNS name, wherever it stands."""
    if not issuer.extensions.has_name_constraints:
        return True
    try:
        constraints = load(issuer.der).extensions.get_extension_for_class(x509.NameConstraints).value
        return _allows(constraints, x509.DNSName(host))
    except (ValueError, TypeError, x509.ExtensionNotFound):
        return False


def _names(certificate: x509.Certificate) -> Iterable[x509.GeneralName]:
    try:
        return certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()


def _allows(constraints: x509.NameConstraints, name: x509.GeneralName) -> bool:
    permitted = [base for base in constraints.permitted_subtrees or () if type(base) is type(name)]
    excluded = [base for base in constraints.excluded_subtrees or () if type(base) is type(name)]
    if isinstance(name, x509.IPAddress):
        return not permitted and not excluded
    if isinstance(name, x509.UniformResourceIdentifier) and (permitted or excluded) and not _host(name.value):
        return False
    return (not permitted or any(_inside(name, base) for base in permitted)) and not any(
        _inside(name, base) for base in excluded
    )


def _allows_subject(constraints: x509.NameConstraints, certificate: Certificate) -> bool:
    permitted = _directories(constraints.permitted_subtrees)
    excluded = _directories(constraints.excluded_subtrees)
    canonical = certificate.subject.canonical
    return (not permitted or any(canonical[: len(base)] == base for base in permitted)) and not any(
        canonical[: len(base)] == base for base in excluded
    )


def _directories(bases: Iterable[x509.GeneralName] | None) -> list[tuple[object, ...]]:
    return [parse_name(b.value.public_bytes()).canonical for b in bases or () if isinstance(b, x509.DirectoryName)]


def _inside(name: x509.GeneralName, base: x509.GeneralName) -> bool:
    match name, base:
        case x509.DNSName(), x509.DNSName():
            host, suffix = name.value.lower(), base.value.lower()
            return not suffix or host == suffix or host.endswith(suffix if suffix[0] == "." else f".{suffix}")
        case x509.UniformResourceIdentifier(), x509.UniformResourceIdentifier():
            host, suffix = _host(name.value).lower(), base.value.lower()
            return host.endswith(suffix) and host != suffix if suffix.startswith(".") else host == suffix
        case x509.RFC822Name(), x509.RFC822Name():
            return _inside_mail(name.value, base.value)
        case x509.DirectoryName(), x509.DirectoryName():
            inner, outer = (parse_name(part.value.public_bytes()).canonical for part in (name, base))
            return inner[: len(outer)] == outer
    return False


def _inside_mail(address: str, base: str) -> bool:
    local, _, host = address.rpartition("@")
    if base.startswith("."):
        return host.lower().endswith(base.lower())
    if "@" in base:
        base_local, _, base_host = base.rpartition("@")
        return local == base_local and host.lower() == base_host.lower()
    return host.lower() == base.lower()


def _host(uri: str) -> str:
    _, mark, rest = uri.partition("://")
    return rest.split("/")[0].split(":")[0] if mark else ""
