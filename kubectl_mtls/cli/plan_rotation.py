"""What `rotate` reads before it plans: the files that are given, the Secrets that are there."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kubectl_mtls.act.apply import Done
from kubectl_mtls.act.gate import demand_accepted
from kubectl_mtls.cli.change import Consent, carry_out, parse_consent
from kubectl_mtls.cli.rotation_secrets import read_secrets
from kubectl_mtls.cli.scope import Scope
from kubectl_mtls.cli.session import Session
from kubectl_mtls.cli.target import parse_target
from kubectl_mtls.errors import InvalidInput
from kubectl_mtls.model.kind import SECRET
from kubectl_mtls.plan.change import Plan
from kubectl_mtls.plan.given_files import GivenFiles, parse_given_files
from kubectl_mtls.plan.manifest import clean_manifest
from kubectl_mtls.plan.rotation import plan_rotation
from kubectl_mtls.plan.secrets_in_place import view
from kubectl_mtls.plan.undo_secret import plan_rotation_undo
from kubectl_mtls.render.plan_text import render_plan
from kubectl_mtls.render.structured import render_object

_MAX_FILE = 1 << 20


@dataclass(frozen=True, slots=True)
class RotationRequest:
    """What was typed: paths, not contents."""

    target: str
    certificate: str | None
    private_key: str | None
    ca: str | None
    create: bool
    output_file: str | None
    undo: bool

    @property
    def paths(self) -> tuple[str | None, ...]:
        """The files in the order of their flags."""
        return self.certificate, self.private_key, self.ca


def run_rotation(
    scope: Scope, request: RotationRequest, accept: list[str], yes: bool, dry_run: str, output: str
) -> None:
    """Check what was typed and given, plan, carry out. Raises InvalidInput, Refused, and what the API raises."""
    consent = parse_consent(accept, yes, dry_run, output)
    wanted = parse_target(request.target, (SECRET,))
    if request.undo and (any(request.paths) or request.create or request.output_file):
        raise InvalidInput("--undo puts the previous version back: it takes no files")
    if not request.undo and not any(request.paths):
        raise InvalidInput("the new files are missing: --cert and --key, --ca, or all three")
    now = scope.session.clock()
    given = None if request.undo else _read_given(scope.session, request)

    def plan_now() -> Plan:
        there = read_secrets(scope, wanted)
        if given is None:
            return plan_rotation_undo(there, now)
        return plan_rotation(there, given, now, create=request.create)

    if request.output_file is not None:
        _write_file(scope, plan_now, consent, Path(request.output_file))
        return
    for done in carry_out(scope, plan_now, consent):
        _tell_serial(scope, done)


def _read_given(session: Session, request: RotationRequest) -> GivenFiles:
    if request.paths.count("-") > 1:
        raise InvalidInput("standard input (-) can be only one of --cert, --key and --ca")
    flags = ("--cert", "--key", "--ca")
    read = [_read(session, flag, path) for flag, path in zip(flags, request.paths, strict=True)]
    return parse_given_files(*read)


def _read(session: Session, flag: str, path: str | None) -> bytes | None:
    """The bytes of one file; more than a Secret can hold is not read."""
    if path is None:
        return None
    try:
        if path == "-":
            content = session.stdin.read(_MAX_FILE + 1)
        else:
            with Path(path).open("rb") as file:
                content = file.read(_MAX_FILE + 1)
    except OSError as error:
        raise InvalidInput(f"{flag} {path}: cannot be read: {error.strerror}") from None
    if len(content) > _MAX_FILE:
        raise InvalidInput(f"{flag} {path}: is larger than a Secret can be")
    return content


def _write_file(scope: Scope, plan_now: Callable[[], Plan], consent: Consent, path: Path) -> None:
    """The manifest with its key, for its owner's eyes only; a file that exists is left alone."""
    plan = plan_now()
    scope.session.tell(render_plan(plan, consent.accepted, scope.session.clock()).rstrip())
    demand_accepted(plan, consent.accepted)
    manifest = next(change.after for change in plan.changes if change.after and not change.bookkeeping)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise InvalidInput(f"{path} exists already: it is not overwritten") from None
    except OSError as error:
        raise InvalidInput(f"{path} cannot be written: {error.strerror}") from None
    with os.fdopen(descriptor, "w") as file:
        file.write(render_object(clean_manifest(manifest), "yaml"))
    scope.session.answer(f"{path} written, with the private key, mode 0600\n")


def _tell_serial(scope: Scope, done: Done) -> None:
    if done.now is None or done.change.bookkeeping:
        return
    shown = view(None, done.now, scope.session.clock())
    if shown and shown.leaf:
        scope.session.tell(f"serial {shown.leaf.serial} read back from {done.change.ref.full}")
