"""What the extensions of a certificate say: RFC 5280 section 4.2, the part that Envoy acts on."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID

_KEY_USAGES = (
    ("digital_signature", "digitalSignature"),
    ("content_commitment", "nonRepudiation"),
    ("key_encipherment", "keyEncipherment"),
    ("data_encipherment", "dataEncipherment"),
    ("key_agreement", "keyAgreement"),
    ("key_cert_sign", "keyCertSign"),
    ("crl_sign", "cRLSign"),
)
_EXTENDED_USAGES = {
    ExtendedKeyUsageOID.SERVER_AUTH: "serverAuth",
    ExtendedKeyUsageOID.CLIENT_AUTH: "clientAuth",
    ExtendedKeyUsageOID.CODE_SIGNING: "codeSigning",
    ExtendedKeyUsageOID.EMAIL_PROTECTION: "emailProtection",
    ExtendedKeyUsageOID.TIME_STAMPING: "timeStamping",
    ExtendedKeyUsageOID.OCSP_SIGNING: "OCSPSigning",
    ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE: "anyExtendedKeyUsage",
}
# BoringSSL's X509_supported_extension: a critical extension that is not here makes the certificate invalid.
_SUPPORTED = frozenset(
    (
        ExtensionOID.KEY_USAGE,
        ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
        ExtensionOID.BASIC_CONSTRAINTS,
        ExtensionOID.CERTIFICATE_POLICIES,
        ExtensionOID.EXTENDED_KEY_USAGE,
        ExtensionOID.POLICY_CONSTRAINTS,
        ExtensionOID.NAME_CONSTRAINTS,
        ExtensionOID.POLICY_MAPPINGS,
        ExtensionOID.INHIBIT_ANY_POLICY,
    )
)


@dataclass(frozen=True, slots=True)
class Extensions:
    """The facts of all extensions. None for a usage means: the extension is absent, every use is allowed.

    `sans` are texts with their kind in front, as openssl prints them: `DNS:a.example`, `URI:spiffe://…`, `IP:10.0.0.1`,
    `email:…`; so are the name constraints. `problem` is set when the extensions cannot be read; then nothing else is.
    """

    sans: tuple[str, ...] = ()
    is_ca: bool | None = None
    path_length: int | None = None
    key_usages: tuple[str, ...] | None = None
    extended_usages: tuple[str, ...] | None = None
    subject_key_id: str | None = None
    authority_key_id: str | None = None
    authority_serial: int | None = None
    has_name_constraints: bool = False
    permitted_names: tuple[str, ...] = ()
    excluded_names: tuple[str, ...] = ()
    unsupported_critical: tuple[str, ...] = ()
    problem: str | None = None
    count: int = field(default=0, repr=False)


def read_extensions(certificate: x509.Certificate) -> Extensions:
    """The facts of a certificate's extensions; never raises."""
    try:
        return _read(certificate.extensions)
    except x509.DuplicateExtension as error:
        return Extensions(problem=f"the extension {error.oid.dotted_string} is there twice")
    except (ValueError, TypeError, x509.UnsupportedGeneralNameType):
        return Extensions(problem="the extensions are malformed")


def _read(extensions: x509.Extensions) -> Extensions:
    values = {extension.oid: extension.value for extension in extensions}
    basic = values.get(ExtensionOID.BASIC_CONSTRAINTS)
    usage = values.get(ExtensionOID.KEY_USAGE)
    extended = values.get(ExtensionOID.EXTENDED_KEY_USAGE)
    names = values.get(ExtensionOID.SUBJECT_ALTERNATIVE_NAME)
    subject_key = values.get(ExtensionOID.SUBJECT_KEY_IDENTIFIER)
    authority = values.get(ExtensionOID.AUTHORITY_KEY_IDENTIFIER)
    authority_key = authority if isinstance(authority, x509.AuthorityKeyIdentifier) else None
    constraints = values.get(ExtensionOID.NAME_CONSTRAINTS)
    limits = constraints if isinstance(constraints, x509.NameConstraints) else None
    return Extensions(
        sans=written_names(names) if isinstance(names, x509.SubjectAlternativeName) else (),
        is_ca=basic.ca if isinstance(basic, x509.BasicConstraints) else None,
        path_length=basic.path_length if isinstance(basic, x509.BasicConstraints) else None,
        key_usages=_usages(usage) if isinstance(usage, x509.KeyUsage) else None,
        extended_usages=tuple(_EXTENDED_USAGES.get(oid, oid.dotted_string) for oid in extended)
        if isinstance(extended, x509.ExtendedKeyUsage)
        else None,
        subject_key_id=subject_key.digest.hex() if isinstance(subject_key, x509.SubjectKeyIdentifier) else None,
        authority_key_id=authority_key.key_identifier.hex() if authority_key and authority_key.key_identifier else None,
        authority_serial=authority_key.authority_cert_serial_number if authority_key else None,
        has_name_constraints=constraints is not None,
        permitted_names=written_names(limits.permitted_subtrees or ()) if limits else (),
        excluded_names=written_names(limits.excluded_subtrees or ()) if limits else (),
        unsupported_critical=tuple(e.oid.dotted_string for e in extensions if e.critical and e.oid not in _SUPPORTED),
        count=len(extensions),
    )


def _usages(usage: x509.KeyUsage) -> tuple[str, ...]:
    return tuple(text for attribute, text in _KEY_USAGES if getattr(usage, attribute))


def written_names(names: Iterable[x509.GeneralName]) -> tuple[str, ...]:
    """Each name with its kind in front."""
    return tuple(map(_written, names))


def _written(name: x509.GeneralName) -> str:
    match name:
        case x509.DNSName():
            return f"DNS:{name.value}"
        case x509.UniformResourceIdentifier():
            return f"URI:{name.value}"
        case x509.IPAddress():
            return f"IP:{name.value}"
        case x509.RFC822Name():
            return f"email:{name.value}"
        case x509.DirectoryName():
            return "DirName:" + name.value.rfc4514_string()
        case x509.RegisteredID():
            return f"RID:{name.value.dotted_string}"
    return "othername:<unsupported>"
