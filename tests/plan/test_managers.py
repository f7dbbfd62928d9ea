"""Who else keeps an object, by the signs that they leave."""

from typing import Any

import pytest

from kubectl_mtls.model.managers import managers_of
from kubectl_mtls.plan.managers import manager_notes


@pytest.mark.parametrize(
    ("metadata", "names"),
    [
        pytest.param({}, [], id="nobody"),
        pytest.param({"labels": {"argocd.argoproj.io/instance": "shop"}}, ["Argo CD"], id="Argo CD by label"),
        pytest.param({"annotations": {"argocd.argoproj.io/tracking-id": "shop"}}, ["Argo CD"], id="by annotation"),
        pytest.param({"managedFields": [{"manager": "argocd-controller"}]}, ["Argo CD"], id="by field manager"),
        pytest.param({"labels": {"kustomize.toolkit.fluxcd.io/name": "apps"}}, ["Flux"], id="Flux"),
        pytest.param({"labels": {"app.kubernetes.io/managed-by": "Helm"}}, ["Helm"], id="Helm"),
        pytest.param(
            {"labels": {"helm.toolkit.fluxcd.io/name": "a"}, "managedFields": [{"manager": "kustomize-controller"}]},
            ["Flux"], id="each once",
        ),
        pytest.param({"annotations": {"cert-manager.io/certificate-name": "c"}}, ["cert-manager"], id="cert-manager"),
        pytest.param({"managedFields": [{"manager": "cert-manager-issuing"}]}, ["cert-manager"], id="its SSA"),
        pytest.param({"ownerReferences": [{"kind": "ExternalSecret", "name": "e"}]}, ["External Secrets"], id="ESO"),
        pytest.param({"ownerReferences": [{"kind": "SealedSecret", "name": "s"}]}, ["Sealed Secrets"], id="sealed"),
        pytest.param({"managedFields": [{"manager": "kubectl-edit"}], "labels": {"a": "b"}}, [], id="a person"),
    ],
)  # fmt: skip
def test_keepers_are_known_by_their_signs(metadata: dict[str, Any], names: list[str]):
    assert [manager.name for manager in managers_of({"metadata": metadata})] == names


def test_notes_say_whether_it_is_reverted_by_itself():
    assert "it will revert this" in manager_notes({"metadata": {"labels": {"argocd.argoproj.io/instance": "x"}}})[0]
    assert "next upgrade may" in manager_notes({"metadata": {"annotations": {"meta.helm.sh/release-name": "x"}}})[0]
    applied = {"kubectl.kubernetes.io/last-applied-configuration": "{}"}
    assert "the next apply of its file reverts this" in manager_notes({"metadata": {"annotations": applied}})[0]
