"""`kubectl mtls inspect-secret`: everything about a certificate Secret, a bundle, a file, or what a server shows."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated

import typer

from kubectl_mtls.certs.comparison import Comparison, compare, side_of
from kubectl_mtls.certs.inspecting import inspect
from kubectl_mtls.certs.inspection import Inspection
from kubectl_mtls.certs.issuer_elsewhere import with_found_issuers
from kubectl_mtls.certs.key_use import with_kept_key, with_shared_keys
from kubectl_mtls.certs.problem import ProblemCode
from kubectl_mtls.certs.served import Served, judge_served
from kubectl_mtls.cli.formats import check_format
from kubectl_mtls.cli.inspection_answer import Answer, Shown, render_answers, told_gaps
from kubectl_mtls.cli.options import At, NoHeaders, Output, PolicyFile, Selector, scoped
from kubectl_mtls.cli.passphrase import read_passphrase
from kubectl_mtls.cli.policy import read_policy
from kubectl_mtls.cli.scope import Scope, parse_moment
from kubectl_mtls.cli.served import served_subjects
from kubectl_mtls.cli.subjects import Subjects
from kubectl_mtls.cli.subjects_in_cluster import listed_subjects, named_subjects
from kubectl_mtls.cli.subjects_in_files import subjects_in_files
from kubectl_mtls.errors import InvalidInput
from kubectl_mtls.model.credential import CA_SUFFIX
from kubectl_mtls.model.finding import Finding, Severity
from kubectl_mtls.model.ref import Ref
from kubectl_mtls.posture.credential.dossier import file_dossier, resolve_dossier
from kubectl_mtls.posture.credential.usage import Usage
from kubectl_mtls.probe.served import read_served
from kubectl_mtls.render.comparison_text import comparison_object, render_comparison
from kubectl_mtls.render.structured import render_structured
from kubectl_mtls.rules.certificate_problem import check_inspection
from kubectl_mtls.rules.policy_violation import check_policy
from kubectl_mtls.rules.secret_catalogue import check_dossier, check_users
from kubectl_mtls.rules.view import View

_OF_SECRETS = (ProblemCode.NOT_DELIVERED, ProblemCode.NO_CA, ProblemCode.NO_CREDENTIAL)
_Names = Annotated[
    list[str] | None,
    typer.Argument(metavar="[NAME]...", help="partner-cert, partner-cert.NAMESPACE, cm/NAME, ctb/NAME."),
]
_Chain = Annotated[bool, typer.Option("--chain", help="Draw the chain as a tree.")]
_Diff = Annotated[
    str | None, typer.Option("--diff", metavar="OTHER", help="Show what differs from another Secret, or from `served`.")
]
_Connect = Annotated[
    str | None, typer.Option("--connect", metavar="HOST:PORT", help="Compare with what this server shows.")
]
_ServerName = Annotated[
    str | None, typer.Option("--servername", metavar="NAME", help="The name to ask that server for (default: HOST).")
]
_Passphrase = Annotated[
    str | None, typer.Option("--passphrase-file", metavar="FILE", help="Passphrase of PKCS #12 archives; - is stdin.")
]


@scoped()
def inspect_secret(
    scope: Scope,
    name: _Names = None,
    selector: Selector = None,
    output: Output = "table",
    no_headers: NoHeaders = False,
    at: At = None,
    chain: _Chain = False,
    diff: _Diff = None,
    connect: _Connect = None,
    servername: _ServerName = None,
    passphrase_file: _Passphrase = None,
    policy: PolicyFile = None,
) -> int:
    """Show what is in a certificate Secret, whether it is sound, what ends first, and who uses it.

    With -f: Secrets and ConfigMaps in manifests, and files of certificates (PEM, DER, PKCS #12 and #7, requests).
    With -l or -A: a row for every Secret with certificates. Private keys are compared with their certificate and never
    shown.
    Exit codes: 0 sound; 1 it has an error, or --diff or --connect show another certificate; 2 a wrong flag, name or
    file; 3 could not look.
    """
    check_format(output, "table", "wide", "json", "yaml", "name", "pem")
    if "-" in scope.files and passphrase_file == "-":
        raise InvalidInput("standard input cannot be both -f - and --passphrase-file -")
    if diff and len(name or ()) != 1 and not scope.files:
        raise InvalidInput("--diff compares one NAME with OTHER")
    now, passphrase = parse_moment(at, scope.session), read_passphrase(passphrase_file, scope.session)
    served = read_served(connect, servername, scope.connection.request_timeout) if connect else None
    is_list = not (name or scope.files)
    if served and is_list and not (selector or scope.all_namespaces):
        subjects, is_list = served_subjects(served, scope.session.clock()), False
    else:
        wanted = [*(name or ()), *([diff] if diff and diff != "served" else [])]
        subjects = _read_subjects(scope, wanted, selector, passphrase)
    now = subjects.taken_at or now if at is None else now
    view = View(subjects.snapshot, (), now, policy=read_policy(policy, scope.session))
    answers = _answers(subjects, view, passphrase)
    if diff:
        return _show_difference(scope, answers, diff, served, output)
    how = Shown(output, now, headers=not no_headers, is_chain=chain, is_list=is_list, served=served)
    scope.session.answer(render_answers(answers, told_gaps(subjects.gaps, answers), how))
    if served and any(judge_served(served, one.dossier.inspection, now).refused for one in answers):
        return 1
    return 1 if any(one.severity is Severity.ERROR for answer in answers for one in answer.findings) else 0


def _read_subjects(scope: Scope, names: list[str], selector: str | None, passphrase: bytes | None) -> Subjects:
    if scope.files:
        return subjects_in_files(scope, names, selector, passphrase)
    if names and (selector or scope.all_namespaces):
        raise InvalidInput("give NAMES, or -l or -A, but not both")
    if names:
        return named_subjects(scope, names)
    if selector is None and not scope.all_namespaces:
        raise InvalidInput(
            "give the NAME of a Secret, -l or -A for several, or -f FILE",
            "kubectl mtls inspect-secret partner-cert -n shop",
        )
    return listed_subjects(scope, selector)


def _answers(subjects: Subjects, view: View, passphrase: bytes | None) -> list[Answer]:
    inspections = [
        with_kept_key(_inspect(subjects, ref, view.now, passphrase), subjects.previous(ref)) for ref in subjects.chosen
    ]
    compared = with_found_issuers(with_shared_keys(inspections), subjects.objects.values())
    return [_answer(subjects, one, view) for one in compared]


def _inspect(subjects: Subjects, ref: Ref, now: datetime, passphrase: bytes | None) -> Inspection:
    gap = subjects.companion_gap(ref)
    unread = f"{ref}{CA_SUFFIX} would supply the CA, and could not be read" if gap else None
    companion = subjects.companion(ref)
    return inspect(subjects.objects[ref], companion, now, subjects.istio_namespace, passphrase, unread)


def _answer(subjects: Subjects, inspection: Inspection, view: View) -> Answer:
    if inspection.ref in subjects.bare:
        found = (*check_inspection(inspection), *_by_policy(view, inspection, ()))
        findings = [one for one in found if one.name not in _OF_SECRETS]
        return Answer(file_dossier(inspection), tuple(replace(one, object=None, fix=None) for one in findings))
    dossier = resolve_dossier(subjects.snapshot, inspection, subjects.read_at, subjects.istio_namespace)
    by_policy = _by_policy(view, inspection, dossier.usages)
    found = (*check_inspection(inspection), *check_dossier(dossier), *check_users(view, dossier), *by_policy)
    findings = sorted(found, key=lambda one: one.severity.rank)
    return Answer(dossier, tuple(findings))


def _by_policy(view: View, inspection: Inspection, usages: Sequence[Usage]) -> Iterator[Finding]:
    if view.policy:
        yield from check_policy(view.policy, inspection, usages, view.now)


def _show_difference(scope: Scope, answers: Sequence[Answer], other: str, served: Served | None, output: str) -> int:
    comparison = _comparison(answers, other, served)
    if output in ("json", "yaml"):
        text = render_structured("SecretComparison", comparison_object(comparison), output)
    else:
        text = render_comparison(comparison)
    scope.session.answer(text)
    return 0 if comparison.equal else 1


def _comparison(answers: Sequence[Answer], other: str, served: Served | None) -> Comparison:
    if other == "served":
        if served is None:
            raise InvalidInput("--diff served needs --connect HOST:PORT")
        return compare(side_of(answers[0].dossier.inspection), served.side())
    if len(answers) != 2:
        raise InvalidInput(f"--diff {other}: two Secrets are needed, there are {len(answers)}")
    return compare(side_of(answers[0].dossier.inspection), side_of(answers[1].dossier.inspection))
