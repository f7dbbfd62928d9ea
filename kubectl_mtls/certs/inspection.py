"""Everything about one certificate Secret: what istiod makes of it, and whether a handshake with it would succeed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from kubectl_mtls.certs.certificate import Certificate, CertificateProblem, parse_certificates
from kubectl_mtls.certs.chain import Chain, resolve_chain, weakest_link
from kubectl_mtls.certs.crl import RevocationList, parse_crls
from kubectl_mtls.certs.delivery import Istiod, resolve_delivery
from kubectl_mtls.certs.diagnosis import diagnose
from kubectl_mtls.certs.disguise import Disguise, see_through
from kubectl_mtls.certs.layout import Layout, Role
from kubectl_mtls.certs.loading import leaf_refusal
from kubectl_mtls.certs.material import (
    NOTHING,
    Material,
    read_material,
    resolve_for_openssl,
    resolve_handshakes,
    resolve_signing,
)
from kubectl_mtls.certs.path import Verdict
from kubectl_mtls.certs.private_key import PrivateKeyFacts, key_matches
from kubectl_mtls.certs.problem import Problem
from kubectl_mtls.certs.request import CertificateRequest, parse_requests
from kubectl_mtls.certs.supply import resolve_role, supplied_layout
from kubectl_mtls.model.control_plane import DEFAULT_NAMESPACE
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.model.secret import Secret


@dataclass(frozen=True, slots=True)
class Found:
    """A certificate and where it stands: the data key, and its index among the certificates of that value.

    `form` is None for PEM as proxies read it, else what it is instead.
    """

    data_key: str
    index: int
    certificate: Certificate
    form: str | None = None


@dataclass(frozen=True, slots=True)
class Inspection:
    """The whole answer; `problems` are what is wrong with it, worst first.

    `ca_secret` names the object that supplies the CA; `layout.ca_key` is a data key of that.
    `client` and `server` say whether a handshake with exactly these certificates succeeds in that role, given their
    key (`key`, `key_matches`); both None for a signing CA, whose path is `signing`. `openssl` are OpenSSL's verdicts
    in both roles. `blank_lines` are the data keys with blank lines inside a PEM block, `disguises` what data keys hold
    in other forms than PEM. `crls` and `requests` are all of them, by data key. `ca_unread` is why the CA is not known.
    """

    secret: Secret
    role: Role
    layout: Layout
    ca_secret: str | None
    istiod: Istiod
    certificates: tuple[Found, ...]
    key: PrivateKeyFacts
    key_matches: bool | None
    chain: Chain
    chain_problems: tuple[CertificateProblem, ...]
    ca_problems: tuple[CertificateProblem, ...]
    blank_lines: tuple[str, ...]
    client: Verdict
    server: Verdict
    signing: Verdict
    openssl: tuple[Verdict, Verdict]
    disguises: Mapping[str, Disguise]
    crls: tuple[tuple[str, RevocationList], ...]
    requests: tuple[tuple[str, CertificateRequest], ...]
    problems: tuple[Problem, ...] = ()
    ca_unread: str | None = None

    @property
    def ref(self) -> Ref:
        """What was inspected."""
        return self.secret.ref

    @property
    def path(self) -> tuple[Certificate, ...]:
        """From the leaf to the anchor, of the first verdict that is yes; empty when none is."""
        return next((verdict.path for verdict in (self.client, self.server, self.signing) if verdict.ok), ())

    @property
    def shown(self) -> tuple[Found, ...]:
        """The certificates, and those that stand there in another form."""
        known = {(one.data_key, one.certificate) for one in self.certificates}
        disguised = (
            Found(data_key, index, certificate, disguise.form)
            for data_key, disguise in self.disguises.items()
            for index, certificate in enumerate(disguise.certificates)
            if (data_key, certificate) not in known
        )
        return (*self.certificates, *disguised)

    @property
    def bundle(self) -> tuple[Found, ...]:
        """The trust anchors of what is only that: a CA credential, or a bundle with other data keys than istiod's."""
        if self.role not in (Role.CA_CREDENTIAL, Role.TRUST_BUNDLE):
            return ()
        wanted = self.layout.ca_key
        return tuple(one for one in self.certificates if wanted in (None, one.data_key))

    @property
    def weakest(self) -> Certificate | None:
        """The certificate of the path that ends first, on a tie the one nearest to the leaf."""
        return weakest_link(self.path)


def inspect(
    secret: Secret,
    ca_secret: Secret | None,
    now: datetime,
    istio_namespace: str = DEFAULT_NAMESPACE,
    passphrase: bytes | None = None,
    ca_unread: str | None = None,
) -> Inspection:
    """Inspect a Secret or ConfigMap. `ca_secret` is the companion `NAME-cacert` of the same namespace, if it exists.

    `passphrase` opens archives, and tells whose an encrypted key is. `ca_unread` is why nobody knows whether there is a
    companion: it would supply the CA, so that the Secret's own is no ground for a verdict.
    """
    role = resolve_role(secret, istio_namespace)
    layout, supplier = supplied_layout(secret, ca_secret, role)
    if role is not Role.CREDENTIAL:
        ca_unread = None
    elif ca_unread:
        layout = replace(layout, ca_key=None, crl_key=None, ca_error=None)
    material = read_material(secret.data, supplier.data, layout, passphrase)
    disguises = {key: found for key, value in secret.data.items() if (found := see_through(value, passphrase))}
    is_signer = role in (Role.PLUGGED_CA, Role.SELF_SIGNED_CA)
    client, server = (NOTHING, NOTHING) if is_signer else resolve_handshakes(material, now)
    answer = Inspection(
        secret=secret,
        role=role,
        layout=layout,
        ca_secret=supplier.ref.name if layout.ca_key else None,
        istiod=resolve_delivery(secret, role, layout, now),
        certificates=_found(secret.data, layout),
        key=material.key,
        key_matches=_matches(material, is_signer=is_signer),
        chain=resolve_chain(material.chain[0], material.ca[0], material.leaf_index),
        chain_problems=material.chain[1],
        ca_problems=material.ca[1],
        blank_lines=material.blank_lines,
        client=client,
        server=server,
        signing=resolve_signing(material, now) if is_signer else NOTHING,
        openssl=(NOTHING, NOTHING) if is_signer else resolve_for_openssl(material, now),
        disguises=disguises,
        crls=tuple((key, crl) for key, value in secret.data.items() for crl in parse_crls(value)),
        requests=tuple(
            (key, one) for key, value in secret.data.items() for one in _requests(value, disguises.get(key))
        ),
        ca_unread=ca_unread,
    )
    return replace(answer, problems=diagnose(answer, now))


def _matches(material: Material, *, is_signer: bool) -> bool | None:
    """Where no proxy loads the pair only OpenSSL tells, which does not read blank lines inside a block."""
    keys, certificates = {material.layout.certificate_key, material.layout.private_key_key}, material.chain[0]
    is_loaded = not is_signer and certificates and not material.chain[1] and not leaf_refusal(certificates)
    if keys & set(material.blank_lines) and not is_loaded:
        return None
    return key_matches(next(iter(material.chain[0]), None), material.key)


def _requests(value: bytes, disguise: Disguise | None) -> tuple[CertificateRequest, ...]:
    return parse_requests(value) or (disguise.requests if disguise else ())


def _found(data: Mapping[str, bytes], layout: Layout) -> tuple[Found, ...]:
    """Every certificate: the chain's data key first, then the CA's, then the others."""
    first = (layout.certificate_key, *layout.chain_keys, layout.ca_key)
    data_keys = sorted(
        data, key=lambda data_key: (first.index(data_key) if data_key in first else len(first), data_key)
    )
    return tuple(
        Found(data_key, index, certificate)
        for data_key in data_keys
        for index, certificate in enumerate(parse_certificates(data[data_key])[0])
    )
