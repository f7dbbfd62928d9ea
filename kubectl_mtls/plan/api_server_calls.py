"""Which webhooks and APIServices would the API server lose? Its calls carry no identity of the mesh (P19)."""

from collections.abc import Iterator

from kubectl_mtls.model.api_server_call import ApiServerCall
from kubectl_mtls.model.finding import Objection
from kubectl_mtls.plan.objection import WEBHOOK_BACKEND, listed
from kubectl_mtls.plan.step import Step


def object_to_api_server_calls(step: Step) -> Iterator[Objection]:
    """One objection for all of them, those first whose failure makes the API server refuse writes."""
    calls = [one for one in step.before.api_server_calls if one.port in step.closing.get(one.service, ())]
    if calls:
        words = [_words(one) for one in sorted(calls, key=lambda one: (not one.is_vital, one.service, one.port))]
        yield WEBHOOK_BACKEND.objection(
            f"the API server calls what would refuse it: {listed(words)}",
            "leave the port out first: kubectl mtls switch-mode pa/NAME -n NAMESPACE --port PORT --to PERMISSIVE",
        )


def _words(call: ApiServerCall) -> str:
    namespace, name = call.service
    what_fails = "" if call.is_vital else ", failurePolicy Ignore"
    return f"service/{name}:{call.port} -n {namespace} (by {call.metadata.ref}{what_fails})"
