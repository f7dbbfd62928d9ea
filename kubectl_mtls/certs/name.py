"""How a distinguished name is written, and when two names are the same.

Text: RFC 4514 as `openssl x509 -nameopt RFC2253,utf8` prints it (most specific part first). Sameness: RFC 5280 section
7.1 as OpenSSL and BoringSSL do it (`x509_name_canon`): string type, case and runs of blanks do not count.
"""

from dataclasses import dataclass, field

from kubectl_mtls.certs.der import Element, elements, oid_text

_SHORT_NAMES = {
    "2.5.4.3": "CN",
    "2.5.4.4": "SN",
    "2.5.4.5": "serialNumber",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.9": "street",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "2.5.4.12": "title",
    "2.5.4.42": "GN",
    "2.5.4.97": "organizationIdentifier",
    "0.9.2342.19200300.100.1.1": "UID",
    "0.9.2342.19200300.100.1.25": "DC",
    "1.2.840.113549.1.9.1": "emailAddress",
}
_ENCODINGS = {
    0x0C: "utf-8",
    0x12: "latin-1",
    0x13: "latin-1",
    0x14: "latin-1",
    0x16: "latin-1",
    0x1A: "latin-1",
    0x1C: "utf-32-be",
    0x1E: "utf-16-be",
}
_ESCAPED = frozenset(',+"\\<>;')

CanonicalName = tuple[frozenset[tuple[str, str | bytes]], ...]


@dataclass(frozen=True, slots=True)
class Name:
    """A distinguished name: how people read it, its most telling part, and what is compared."""

    text: str
    short: str
    canonical: CanonicalName = field(repr=False)

    def __bool__(self) -> bool:
        return bool(self.canonical)


def parse_name(der: bytes) -> Name:
    """The name in an encoded RDNSequence. What is not one is shown as hexadecimal digits and equals only itself."""
    try:
        (sequence,) = elements(der)
        relative_names = [_attributes(part) for part in sequence.children()]
    except ValueError:
        text = f"#{der.hex()}"
        return Name(text, text, (frozenset([("", der)]),))
    text = ",".join("+".join(_written(*attribute) for attribute in part) for part in reversed(relative_names))
    common_names = [value for part in relative_names for kind, value in part if kind == "CN" and isinstance(value, str)]
    canonical = tuple(frozenset((kind, _folded(value)) for kind, value in part) for part in relative_names)
    return Name(text, common_names[-1] if common_names else text, canonical)


def _attributes(relative_name: Element) -> list[tuple[str, str | bytes]]:
    found: list[tuple[str, str | bytes]] = []
    for attribute in relative_name.children():
        kind, value = attribute.children()
        oid = oid_text(kind.content)
        found.append((_SHORT_NAMES.get(oid, oid), _decoded(value)))
    return found


def _decoded(value: Element) -> str | bytes:
    encoding = _ENCODINGS.get(value.tag)
    return value.content.decode(encoding, "backslashreplace") if encoding else value.whole


def _written(kind: str, value: str | bytes) -> str:
    if isinstance(value, bytes):
        return f"{kind}=#{value.hex()}"
    text = "".join(f"\\{character}" if character in _ESCAPED else character for character in value)
    if text[:1] in ("#", " "):
        text = f"\\{text}"
    if text.endswith(" ") and not text.endswith("\\ "):
        text = f"{text[:-1]}\\ "
    return f"{kind}={text}"


def _folded(value: str | bytes) -> str | bytes:
    """Only ASCII letters are folded, as OpenSSL does."""
    if isinstance(value, bytes):
        return value
    return "".join(c.lower() if c.isascii() else c for c in " ".join(value.split()))
