"""May somebody do something? The API server's own answer, asked for as an object that it does not keep."""

from collections.abc import Sequence
from functools import partial

import orjson

from kubectl_mtls.errors import MtlsError, Unreachable
from kubectl_mtls.kube.api import Api
from kubectl_mtls.kube.failures import failure, gap
from kubectl_mtls.kube.fan_out import fan_out
from kubectl_mtls.kube.path import api_path
from kubectl_mtls.kube.response import json_object
from kubectl_mtls.model.kind import LOCAL_ACCESS_REVIEW
from kubectl_mtls.model.origin import ApiOrigin
from kubectl_mtls.model.reading import Document, Manifest, Reading

_Answer = tuple[Document | None, MtlsError | None]


def read_reviews(api: Api, reviews: Sequence[Manifest]) -> Reading:
    """The answers to LocalSubjectAccessReviews, all asked at once; a gap for each that may not be asked."""
    answers = fan_out([partial(_ask, api, review) for review in reviews])
    documents = tuple(document for document, _ in answers if document is not None)
    namespaces = [str(review["metadata"]["namespace"]) for review in reviews]
    gaps = (
        gap(error, "create", LOCAL_ACCESS_REVIEW, namespace)
        for namespace, (_, error) in zip(namespaces, answers, strict=True)
        if error is not None
    )
    return Reading(documents, tuple(dict.fromkeys(gaps)))


def _ask(api: Api, review: Manifest) -> _Answer:
    """The API server keeps no review and gives it no name; here it has that of the user."""
    kind, namespace = LOCAL_ACCESS_REVIEW, str(review["metadata"]["namespace"])
    path = api_path(kind, kind.versions[0], namespace)
    try:
        response = api.request("POST", path, body=orjson.dumps(review), content_type="application/json")
    except Unreachable as error:
        return None, error
    if response.status >= 300:
        return None, failure(response, "create", kind, namespace)
    answer = json_object(response.body)
    if answer is None:
        return None, Unreachable(f"the API server's answer for {kind.resource} is no JSON object")
    named = {"namespace": namespace, "name": str(review["spec"]["user"])}
    return Document({**answer, "metadata": named}, ApiOrigin()), None
