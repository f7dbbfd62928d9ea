"""Which rules there are, in the order of their codes, and which objections planners raise. A code is never reused."""

from kubectl_mtls.rules import (
    auto_mtls_off,
    differing_root_copies,
    disabled_behind_headless,
    duplicate_object,
    duplicate_policy,
    evadable_identity_rule,
    excluded_port,
    expired_ignore,
    expiring_root,
    failing_connection,
    foreign_tls,
    host_not_known,
    identity_nobody_has,
    ignored_credential,
    inbound_envoy_filter,
    injection_wanted_but_absent,
    invalid_ignore,
    marked_without_proxy,
    mesh_policy_elsewhere,
    missing_client_certificate,
    mutual_without_peer,
    names_never_fit,
    objection_ca_exchanged,
    objection_certificate_not_valid,
    objection_chain_does_not_verify,
    objection_clients_not_resolved,
    objection_clients_without_proxy,
    objection_credential_without_selector,
    objection_ends_earlier,
    objection_foreign_owner,
    objection_intermediate_lost,
    objection_names_change,
    objection_policy_without_effect,
    objection_webhook_backend,
    passthrough_balancer,
    permissive_mode,
    plaintext_only_mode,
    plaintext_to_strict,
    policy_selects_nothing,
    port_modes_without_selector,
    port_nobody_has,
    revisions_differ,
    selector_in_root_namespace,
    sidecar_outlives_job,
    strict_under_disable,
    strict_with_plaintext_pods,
    strict_without_proxy,
    undeclared_server_first,
    unknown_client_mode,
    unknown_mode,
    unmarked_sidecar,
)
from kubectl_mtls.rules.rule import Check, Rule

OF_EXPIRY = frozenset({"expired", "expiring-root", "expiring-credential", "expiring-signing-ca"})
"""The rules that --expiring-within is about."""

CATALOGUE: tuple[tuple[Rule, Check], ...] = (
    (unknown_mode.RULE, unknown_mode.check),
    (permissive_mode.RULE, permissive_mode.check),
    (plaintext_only_mode.RULE, plaintext_only_mode.check),
    (duplicate_policy.RULE, duplicate_policy.check),
    (policy_selects_nothing.RULE, policy_selects_nothing.check),
    (selector_in_root_namespace.RULE, selector_in_root_namespace.check),
    (mesh_policy_elsewhere.RULE, mesh_policy_elsewhere.check),
    (port_nobody_has.RULE, port_nobody_has.check),
    (port_modes_without_selector.RULE, port_modes_without_selector.check),
    (duplicate_object.RULE, duplicate_object.check),
    (strict_with_plaintext_pods.RULE, strict_with_plaintext_pods.check),
    (expired_ignore.RULE, expired_ignore.check),
    (invalid_ignore.RULE, invalid_ignore.check),
    (strict_under_disable.RULE, strict_under_disable.check),
    (auto_mtls_off.RULE, auto_mtls_off.check),
    (disabled_behind_headless.RULE, disabled_behind_headless.check),
    (identity_nobody_has.RULE, identity_nobody_has.check),
    (evadable_identity_rule.RULE, evadable_identity_rule.check),
    (undeclared_server_first.RULE, undeclared_server_first.check),
    (revisions_differ.RULE, revisions_differ.check),
    (host_not_known.RULE, host_not_known.check),
    (failing_connection.RULE, failing_connection.check),
    (unknown_client_mode.RULE, unknown_client_mode.check),
    (ignored_credential.RULE, ignored_credential.check),
    (plaintext_to_strict.RULE, plaintext_to_strict.check),
    (missing_client_certificate.RULE, missing_client_certificate.check),
    (foreign_tls.RULE, foreign_tls.check),
    (mutual_without_peer.RULE, mutual_without_peer.check),
    (names_never_fit.RULE, names_never_fit.check),
    (passthrough_balancer.RULE, passthrough_balancer.check),
    (differing_root_copies.RULE, differing_root_copies.check),
    (expiring_root.RULE, expiring_root.check),
    (injection_wanted_but_absent.RULE, injection_wanted_but_absent.check),
    (excluded_port.RULE, excluded_port.check),
    (inbound_envoy_filter.RULE, inbound_envoy_filter.check),
    (unmarked_sidecar.RULE, unmarked_sidecar.check),
    (marked_without_proxy.RULE, marked_without_proxy.check),
    (strict_without_proxy.RULE, strict_without_proxy.check),
    (sidecar_outlives_job.RULE, sidecar_outlives_job.check),
)

OBJECTIONS: tuple[Rule, ...] = (
    objection_clients_without_proxy.RULE,
    objection_clients_not_resolved.RULE,
    objection_webhook_backend.RULE,
    objection_certificate_not_valid.RULE,
    objection_chain_does_not_verify.RULE,
    objection_names_change.RULE,
    objection_foreign_owner.RULE,
    objection_policy_without_effect.RULE,
    objection_credential_without_selector.RULE,
    objection_intermediate_lost.RULE,
    objection_ends_earlier.RULE,
    objection_ca_exchanged.RULE,
)


def every_rule() -> tuple[Rule, ...]:
    """All rules in the order of their codes, those of certificates included, which an inspection asks by itself."""
    from kubectl_mtls.rules.certificate_problem import PROBLEM_RULES  # certs.inspection takes 0.1 s to import
    from kubectl_mtls.rules.secret_catalogue import SECRET_CATALOGUE

    of_secrets = (rule for rule, _ in SECRET_CATALOGUE)
    rules = (*(rule for rule, _ in CATALOGUE), *PROBLEM_RULES.values(), *of_secrets)
    return tuple(sorted(rules, key=lambda rule: rule.code))


def find_rule(word: str) -> Rule | None:
    """The rule or objection of a code or a name, in any case; None when there is none."""
    wanted = word.casefold()
    return next(
        (rule for rule in (*every_rule(), *OBJECTIONS) if wanted in (rule.code.casefold(), rule.name)),
        None,
    )
