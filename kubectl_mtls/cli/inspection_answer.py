"""How the answers of `inspect-secret` are written: for people, for machines, as PEM, as a tree, as a list."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kubectl_mtls.certs.inspection import Inspection
from kubectl_mtls.certs.served import Served, judge_served
from kubectl_mtls.cli.surroundings import KEEPERS, MOUNTING, USERS
from kubectl_mtls.model import kind as kinds
from kubectl_mtls.model.finding import Finding
from kubectl_mtls.model.gap import Gap
from kubectl_mtls.posture.credential.dossier import Dossier
from kubectl_mtls.render.chain_tree import render_chain
from kubectl_mtls.render.findings import render_gaps
from kubectl_mtls.render.inspection_json import inspection_object
from kubectl_mtls.render.inspection_list import render_inspection_list
from kubectl_mtls.render.inspection_pem import render_pem
from kubectl_mtls.render.inspection_table import Look, render_inspection
from kubectl_mtls.render.object_json import gap_object
from kubectl_mtls.render.served_text import render_handshake, render_served, served_object, verdict_object
from kubectl_mtls.render.structured import render_structured
from kubectl_mtls.render.text import escape

_SUBJECTS = (kinds.SECRET, kinds.CONFIG_MAP, kinds.CLUSTER_TRUST_BUNDLE)
_KINDS = (*USERS, kinds.POD, *MOUNTING, *KEEPERS, kinds.INGRESS, *_SUBJECTS, None)


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said of one Secret."""

    dossier: Dossier
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """What the flags say of the form. `output` is that of -o, `served` what --connect brought."""

    output: str
    now: datetime
    headers: bool
    is_chain: bool
    is_list: bool
    served: Served | None


def told_gaps(gaps: Sequence[Gap], answers: Sequence[Answer]) -> list[Gap]:
    """What could not be read and is missing from these answers."""
    is_unsure = any(right.allowed is None for one in answers for right in one.dossier.rights.values())
    told = (*_KINDS, kinds.LOCAL_ACCESS_REVIEW) if is_unsure else _KINDS
    return [gap for gap in gaps if gap.kind in told]


def render_answers(answers: Sequence[Answer], gaps: Sequence[Gap], how: Shown) -> str:
    """The whole answer, in the form that was asked for."""
    inspections = [one.dossier.inspection for one in answers]
    match how.output:
        case "json" | "yaml":
            return render_structured("SecretInspection", _object(answers, gaps, how), how.output)
        case "name":
            return "".join(f"{escape(str(one.ref))}\n" for one in inspections)
        case "pem":
            return render_pem(inspections)
    if how.is_chain:
        return "\n".join(render_chain(one, how.now) for one in inspections)
    if how.is_list:
        rows = [(one.dossier.inspection, one.findings) for one in answers]
        parts = [render_inspection_list(rows, how.now, show_headers=how.headers), render_gaps(gaps)]
        return "\n".join(filter(None, parts))
    return "\n".join(filter(None, [*_texts(answers, gaps, how), render_gaps(gaps), _served(how, inspections)]))


def _object(answers: Sequence[Answer], gaps: Sequence[Gap], how: Shown) -> dict[str, Any]:
    items = [inspection_object(one.dossier, one.findings) for one in answers]
    shown: dict[str, Any] = {}
    if how.served:
        verdicts = [verdict_object(judge_served(how.served, one.dossier.inspection, how.now)) for one in answers]
        shown = {"served": {**served_object(how.served), "beside": verdicts}}
    return {"items": items, **shown, "gaps": [gap_object(gap) for gap in gaps]}


def _texts(answers: Sequence[Answer], gaps: Sequence[Gap], how: Shown) -> list[str]:
    look = Look(wide=how.output == "wide", headers=how.headers, users_known=not any(gap.kind in USERS for gap in gaps))
    return [render_inspection(one.dossier, one.findings, how.now, look) for one in answers]


def _served(how: Shown, inspections: Sequence[Inspection]) -> str:
    if how.served is None:
        return ""
    judged = [judge_served(how.served, one, how.now) for one in inspections]
    if [one.ref.name for one in inspections] == [how.served.address]:
        return render_handshake(how.served, judged[0].named)
    return "".join(map(render_served, judged))
