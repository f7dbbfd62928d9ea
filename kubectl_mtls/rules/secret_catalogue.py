"""Which rules are asked of one Secret, once its dossier is there? Those of certificates themselves are apart."""

from collections.abc import Callable, Iterator

from kubectl_mtls.model.finding import Finding
from kubectl_mtls.posture.credential.dossier import Dossier
from kubectl_mtls.rules import (
    credential_without_ca,
    edited_by_hand,
    ignored_credential,
    immutable_secret,
    issuance_stuck,
    renewal_near_duration,
    rotation_policy_never,
    secret_in_other_namespace,
    secret_not_listable,
    temporary_certificate,
    unfit_credential,
    unwatched_secret_type,
)
from kubectl_mtls.rules.judgement import Check
from kubectl_mtls.rules.rule import Rule
from kubectl_mtls.rules.view import View

SECRET_CATALOGUE: tuple[tuple[Rule, Callable[[Dossier], Iterator[Finding]]], ...] = (
    (secret_in_other_namespace.RULE, secret_in_other_namespace.check),
    (secret_not_listable.RULE, secret_not_listable.check),
    (unwatched_secret_type.RULE, unwatched_secret_type.check),
    (rotation_policy_never.RULE, rotation_policy_never.check),
    (renewal_near_duration.RULE, renewal_near_duration.check),
    (temporary_certificate.RULE, temporary_certificate.check),
    (immutable_secret.RULE, immutable_secret.check),
    (issuance_stuck.RULE, issuance_stuck.check),
    (edited_by_hand.RULE, edited_by_hand.check),
)


_OF_USERS: tuple[Check, ...] = (ignored_credential.check, credential_without_ca.check, unfit_credential.check)


def check_users(view: View, dossier: Dossier) -> Iterator[Finding]:
    """What is wrong with the places that name the Secret, by the rules of the whole mesh."""
    places = {(usage.user.ref, usage.field) for usage in dossier.usages}
    for check in _OF_USERS:
        yield from (finding for finding in check(view) if (finding.object, finding.field) in places)


def check_dossier(dossier: Dossier) -> Iterator[Finding]:
    """Everything that is wrong around the Secret."""
    for _, check in SECRET_CATALOGUE:
        yield from check(dossier)
