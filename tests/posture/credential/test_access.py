"""May a service account list Secrets: as the API server's RBAC authorizer evaluates istiod's question, row by row."""

import pytest
import yaml

from kubectl_mtls.model.assembly import build_snapshot
from kubectl_mtls.model.gap import Gap, GapReason
from kubectl_mtls.model.kind import CLUSTER_ROLE_BINDING, LOCAL_ACCESS_REVIEW, ROLE_BINDING
from kubectl_mtls.model.origin import ApiOrigin
from kubectl_mtls.model.reading import Document, Reading
from kubectl_mtls.posture.credential.access import Right, resolve_right

GROUP = "rbac.authorization.k8s.io"
CART = {"kind": "ServiceAccount", "name": "cart", "namespace": "shop"}


def rule(verbs: str = "list", resources: str = "secrets", groups: str = "", names: str = "") -> dict:
    found = {"verbs": verbs.split(), "resources": resources.split(), "apiGroups": [groups]}
    return found | ({"resourceNames": names.split()} if names else {})


def role(*rules: dict, kind: str = "Role", name: str = "secrets", labels: dict | None = None, **more: object) -> dict:
    metadata = {"name": name, "labels": labels or {}} | ({"namespace": "shop"} if kind == "Role" else {})
    return {"apiVersion": f"{GROUP}/v1", "kind": kind, "metadata": metadata, "rules": list(rules), **more}


def binding(*subjects: dict, kind: str = "RoleBinding", to: str = "Role/secrets", namespace: str = "shop") -> dict:
    role_kind, _, role_name = to.partition("/")
    metadata = {"name": "cart"} | ({"namespace": namespace} if kind == "RoleBinding" else {})
    reference = {"apiGroup": GROUP, "kind": role_kind, "name": role_name}
    return {
        "apiVersion": f"{GROUP}/v1", "kind": kind, "metadata": metadata,
        "roleRef": reference, "subjects": list(subjects or (CART,)),
    }  # fmt: skip


def review(allowed: bool, user: str = "system:serviceaccount:shop:cart") -> dict:
    return {
        "apiVersion": "authorization.k8s.io/v1", "kind": "LocalSubjectAccessReview", "metadata": {"namespace": "shop"},
        "spec": {"user": user}, "status": {"allowed": allowed, "reason": "said so"},
    }  # fmt: skip


def right(*objects: dict, gaps: tuple[Gap, ...] = (), live: bool = True) -> Right:
    documents = tuple(Document(yaml.safe_load(yaml.safe_dump(one)), ApiOrigin()) for one in objects)
    return resolve_right(build_snapshot(Reading(documents, gaps), live=live), "shop", "cart")


AGGREGATED = {"aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"to": "all"}}]}}


@pytest.mark.parametrize(
    ("objects", "allowed"),
    [
        pytest.param((role(rule()), binding()), True, id="a Role that lists Secrets"),
        pytest.param((role(rule("*", "*", "*")), binding()), True, id="wildcards"),
        pytest.param((role(rule("get list watch", "secrets configmaps")), binding()), True, id="among others"),
        pytest.param((role(rule("get watch")), binding()), False, id="get and watch are not list"),
        pytest.param((role(rule(groups="apps")), binding()), False, id="another API group"),
        pytest.param((role(rule(resources="secrets/status")), binding()), False, id="a subresource"),
        pytest.param((role(rule(names="partner-cert")), binding()), False, id="named Secrets only"),
        pytest.param((role(rule("get"), rule("list", "secrets")), binding()), True, id="the second rule"),
        pytest.param((role(rule()), binding({**CART, "name": "other"})), False, id="another service account"),
        pytest.param((role(rule()), binding({**CART, "namespace": "bank"})), False, id="of another namespace"),
        pytest.param((role(rule()), binding({"kind": "ServiceAccount", "name": "cart"})), True, id="unsaid namespace"),
        pytest.param(
            (role(rule()), binding({"kind": "User", "name": "system:serviceaccount:shop:cart"})), True, id="as a user"
        ),
        pytest.param(
            (role(rule()), binding({"kind": "Group", "name": "system:serviceaccounts:shop"})), False,
            id="by a group, which istiod does not name",
        ),
        pytest.param((role(rule()), binding(namespace="bank")), False, id="bound in another namespace"),
        pytest.param(
            (role(rule(), kind="ClusterRole"), binding(kind="ClusterRoleBinding", to="ClusterRole/secrets")), True,
            id="bound everywhere",
        ),
        pytest.param(
            (role(rule(), kind="ClusterRole"), binding(to="ClusterRole/secrets")), True, id="a ClusterRole bound here"
        ),
        pytest.param(
            (
                role(kind="ClusterRole", **AGGREGATED), binding(to="ClusterRole/secrets"),
                role(rule(), kind="ClusterRole", name="part", labels={"to": "all"}),
            ), True, id="aggregated",
        ),
        pytest.param(
            (
                role(kind="ClusterRole", **AGGREGATED), binding(to="ClusterRole/secrets"),
                role(rule(), kind="ClusterRole", name="part", labels={"to": "none"}),
            ), False, id="not aggregated",
        ),
        pytest.param((binding(to="ClusterRole/edit"),), True, id="built-in edit"),
        pytest.param((binding(to="ClusterRole/view"),), False, id="built-in view"),
        pytest.param((binding(),), False, id="a Role that is not there"),
        pytest.param((review(True),), True, id="the API server says yes"),
        pytest.param((review(False), role(rule()), binding()), False, id="the API server knows better"),
        pytest.param(
            (review(True, "system:serviceaccount:shop:other"), binding(to="ClusterRole/view")), False,
            id="a review of somebody else",
        ),
    ],
)  # fmt: skip
def test_who_may_list_secrets(objects, allowed):
    assert right(*objects).allowed is allowed


def test_what_gives_the_right_is_named():
    given = right(role(rule()), binding()).by
    assert [str(ref) for ref in given] == ["rolebinding/cart", "role/secrets"]


_BINDINGS = Gap(ROLE_BINDING, "shop", None, GapReason.FORBIDDEN, "may not list rolebindings")
_REVIEWS = Gap(LOCAL_ACCESS_REVIEW, "shop", None, GapReason.FORBIDDEN, "may not create reviews")
_CLUSTER = Gap(CLUSTER_ROLE_BINDING, None, None, GapReason.FORBIDDEN, "may not list clusterrolebindings")


@pytest.mark.parametrize(
    ("objects", "gaps", "reason"),
    [
        pytest.param((), (_BINDINGS,), "may not list rolebindings", id="bindings unread"),
        pytest.param((), (_REVIEWS, _BINDINGS), "may not create reviews", id="neither asked nor read"),
        pytest.param((binding(to="ClusterRole/view"),), (_CLUSTER,), "may not list cluster", id="half of them unread"),
        pytest.param((), (), "no Roles were read", id="nothing read"),
    ],
)
def test_what_was_not_read_may_give_the_right(objects, gaps, reason):
    found = right(*objects, gaps=gaps)
    assert found.allowed is None
    assert found.reason.startswith(reason)


def test_a_right_that_was_read_counts_beside_what_was_not():
    assert right(role(rule()), binding(), gaps=(_CLUSTER, _REVIEWS)).allowed is True


def test_bindings_decide_where_only_the_review_is_forbidden():
    assert right(role(rule("get")), binding(), gaps=(_REVIEWS,)).allowed is False
