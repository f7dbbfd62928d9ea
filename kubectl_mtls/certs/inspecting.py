"""How is one certificate Secret inspected: which of its data keys are asked what, and in which order?"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from kubectl_mtls.certs.alternatives import resolve_alternatives
from kubectl_mtls.certs.certificate import parse_certificates
from kubectl_mtls.certs.chain import resolve_chain
from kubectl_mtls.certs.crl import parse_crls
from kubectl_mtls.certs.delivery import resolve_delivery
from kubectl_mtls.certs.diagnosis import diagnose
from kubectl_mtls.certs.disguise import Disguise, see_through
from kubectl_mtls.certs.inspection import Found, Inspection
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
from kubectl_mtls.certs.private_key import key_matches
from kubectl_mtls.certs.request import CertificateRequest, parse_requests
from kubectl_mtls.certs.supply import resolve_role, supplied_layout
from kubectl_mtls.model.control_plane import DEFAULT_NAMESPACE
from kubectl_mtls.model.secret import Secret


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
    if not is_signer:
        answer = replace(answer, alternatives=resolve_alternatives(answer.chain, answer.path, now))
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
