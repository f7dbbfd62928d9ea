"""How the answers of `inspect-secret` are written: for people, for machines, as PEM, as a tree, as a list."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kubectl_mtls.certs.inspection import Inspection
from kubectl_mtls.certs.served import Served, judge_served
from kubectl_mtls.cli.subjects import USERS
from kubectl_mtls.model.finding import Finding
from kubectl_mtls.model.gap import Gap
from kubectl_mtls.posture.fitness import resolve_fitness
from kubectl_mtls.posture.usage import Usage
from kubectl_mtls.render.chain_tree import render_chain
from kubectl_mtls.render.findings import render_gaps
from kubectl_mtls.render.inspection_json import inspection_object
from kubectl_mtls.render.inspection_list import render_inspection_list
from kubectl_mtls.render.inspection_pem import render_pem
from kubectl_mtls.render.inspection_table import render_inspection
from kubectl_mtls.render.served_text import render_handshake, render_served, served_object, verdict_object
from kubectl_mtls.render.status_json import gap_object
from kubectl_mtls.render.structured import render_structured
from kubectl_mtls.render.text import escape


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said of one Secret."""

    inspection: Inspection
    findings: tuple[Finding, ...]
    usages: tuple[Usage, ...]
    is_file: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """What the flags say of the form. `output` is that of -o, `served` what --connect brought."""

    output: str
    now: datetime
    headers: bool
    is_chain: bool
    is_list: bool
    served: Served | None


def render_answers(answers: Sequence[Answer], gaps: Sequence[Gap], how: Shown) -> str:
    """The whole answer, in the form that was asked for."""
    inspections = [one.inspection for one in answers]
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
        rows = [(one.inspection, one.findings) for one in answers]
        parts = [render_inspection_list(rows, how.now, show_headers=how.headers), render_gaps(gaps)]
        return "\n".join(filter(None, parts))
    return "\n".join(filter(None, [*_texts(answers, gaps, how), render_gaps(gaps), _served(how, inspections)]))


def _object(answers: Sequence[Answer], gaps: Sequence[Gap], how: Shown) -> dict[str, Any]:
    items = [
        inspection_object(one.inspection, one.findings, one.usages, resolve_fitness(one.inspection, one.usages))
        for one in answers
    ]
    shown: dict[str, Any] = {}
    if how.served:
        verdicts = [verdict_object(judge_served(how.served, one.inspection, how.now)) for one in answers]
        shown = {"served": {**served_object(how.served), "beside": verdicts}}
    return {"items": items, **shown, "gaps": [gap_object(gap) for gap in gaps]}


def _texts(answers: Sequence[Answer], gaps: Sequence[Gap], how: Shown) -> list[str]:
    users_known = not any(gap.kind in USERS for gap in gaps)
    return [
        render_inspection(
            one.inspection,
            one.findings,
            one.usages,
            how.now,
            wide=how.output == "wide",
            show_headers=how.headers,
            users_known=users_known,
            is_file=one.is_file,
            fitness=resolve_fitness(one.inspection, one.usages),
        )
        for one in answers
    ]


def _served(how: Shown, inspections: Sequence[Inspection]) -> str:
    if how.served is None:
        return ""
    judged = [judge_served(how.served, one, how.now) for one in inspections]
    if [one.ref.name for one in inspections] == [how.served.address]:
        return render_handshake(how.served, judged[0].named)
    return "".join(map(render_served, judged))
