"""A plan of modes as plain values, for machines: what changes, what follows, what speaks against it."""

from collections.abc import Collection
from typing import Any

from kubectl_mtls.plan.change import Change, Plan
from kubectl_mtls.plan.effect import ClientEffect, Effect, Modes, RowChange, ServiceEffect
from kubectl_mtls.render.connection_effect_json import difference_object
from kubectl_mtls.render.words import each_doubt

PLAN = "Plan"


def plan_object(plan: Plan, accepted: Collection[str]) -> dict[str, Any]:
    """`changes` is empty where there is nothing to write."""
    return {
        "changes": [_change(change) for change in plan.changes if not change.is_nothing],
        "effect": _effect(plan.effect),
        "objections": [
            {
                "code": one.code,
                "name": one.name,
                "message": one.message,
                "mend": one.mend,
                "accepted": one.code in accepted,
            }
            for one in plan.objections
        ],
        "notes": list(plan.notes),
        "undo": f"kubectl mtls {plan.undo}" if plan.undo else None,
    }


def _change(change: Change) -> dict[str, Any]:
    fields = [{"field": one.dotted, "before": one.before, "after": one.after} for one in change.fields]
    ref = change.ref
    return {
        "object": {"kind": ref.kind.name, "namespace": ref.namespace, "name": ref.name},
        "verb": change.verb.value,
        "fields": fields,
    }


def _effect(effect: Effect) -> dict[str, Any]:
    match effect:
        case ServiceEffect():
            services: dict[str, Any] | None = {
                "total": effect.total,
                "changed": [_row(one) for one in effect.changed],
                "workloads": [_row(one) for one in effect.workloads],
                "unknown": [
                    {
                        "namespace": one.namespace,
                        "name": one.name,
                        "port": one.port,
                        "reasons": list(each_doubt(one.reasons)),
                    }
                    for one in effect.unknown
                ],
            }
            return {"services": services, "connections": difference_object(effect.connections)}
        case ClientEffect():
            return {"services": None, "connections": difference_object(effect.connections)}
        case _:
            return {"services": None, "connections": None}


def _row(row: RowChange) -> dict[str, Any]:
    return {
        "namespace": row.namespace,
        "name": row.name,
        "port": row.port,
        "before": _modes(row.before),
        "after": _modes(row.after),
    }


def _modes(modes: Modes) -> dict[str, int]:
    return dict(modes)
