"""What is known of one certificate Secret: what istiod makes of it, and whether a handshake with it would succeed."""

from collections.abc import Mapping
from dataclasses import dataclass

from kubectl_mtls.certs.certificate import Certificate, CertificateProblem
from kubectl_mtls.certs.chain import Chain, weakest_link
from kubectl_mtls.certs.crl import RevocationList
from kubectl_mtls.certs.delivery import Istiod
from kubectl_mtls.certs.disguise import Disguise
from kubectl_mtls.certs.layout import Layout, Role
from kubectl_mtls.certs.path import Verdict
from kubectl_mtls.certs.private_key import PrivateKeyFacts
from kubectl_mtls.certs.problem import Problem
from kubectl_mtls.certs.request import CertificateRequest
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
    `alternatives` are other paths to an anchor. `key_renewed`: the version before had another key; None where no such
    version was read.
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
    alternatives: tuple[tuple[Certificate, ...], ...] = ()
    key_renewed: bool | None = None

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
        known = {(one.data_key, one.certificate.sha256) for one in self.certificates}
        disguised = (
            Found(data_key, index, certificate, disguise.form)
            for data_key, disguise in self.disguises.items()
            for index, certificate in enumerate(disguise.certificates)
            if (data_key, certificate.sha256) not in known
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
