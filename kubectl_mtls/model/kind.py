"""Which kinds of object the program knows, and how kubectl and the API server call them."""

from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of the Kubernetes API.

    `versions` are those we can read, the preferred one first; the API server's discovery decides which is asked for.
    `aliases` are the lower-case words a user may write before the slash of `TYPE/NAME`, kubectl's short names included.
    """

    name: str
    plural: str
    group: str = ""
    versions: tuple[str, ...] = ("v1",)
    namespaced: bool = True
    aliases: tuple[str, ...] = ()

    def __eq__(self, other: object) -> bool:
        """By name and group, which no two kinds share. Asked a hundred thousand times for a big mesh."""
        return self is other or (isinstance(other, Kind) and self.name == other.name and self.group == other.group)

    def __hash__(self) -> int:
        """Of the name alone: every reference to an object is looked up by its kind."""
        return hash(self.name)

    @property
    def singular(self) -> str:
        """The word kubectl prints before the slash, without the group: `peerauthentication`."""
        return self.name.lower()

    @property
    def resource(self) -> str:
        """The word RBAC messages use: `peerauthentications.security.istio.io`, `pods`."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def qualified(self) -> str:
        """The word kubectl prints before the slash after a change: `peerauthentication.security.istio.io`."""
        return f"{self.singular}.{self.group}" if self.group else self.singular


_NETWORKING = ("v1", "v1beta1", "v1alpha3")
_SECURITY = ("v1", "v1beta1")
_GATEWAY_API = "gateway.networking.k8s.io"

NAMESPACE = Kind("Namespace", "namespaces", namespaced=False, aliases=("ns",))
POD = Kind("Pod", "pods", aliases=("po",))
SERVICE = Kind("Service", "services", aliases=("svc",))
SERVICE_ACCOUNT = Kind("ServiceAccount", "serviceaccounts", aliases=("sa",))
CONFIG_MAP = Kind("ConfigMap", "configmaps", aliases=("cm",))
SECRET = Kind("Secret", "secrets")
ENDPOINT_SLICE = Kind("EndpointSlice", "endpointslices", "discovery.k8s.io")
DEPLOYMENT = Kind("Deployment", "deployments", "apps", aliases=("deploy",))
STATEFUL_SET = Kind("StatefulSet", "statefulsets", "apps", aliases=("sts",))
DAEMON_SET = Kind("DaemonSet", "daemonsets", "apps", aliases=("ds",))
REPLICA_SET = Kind("ReplicaSet", "replicasets", "apps", aliases=("rs",))
JOB = Kind("Job", "jobs", "batch")
CRON_JOB = Kind("CronJob", "cronjobs", "batch", aliases=("cj",))
MUTATING_WEBHOOK = Kind(
    "MutatingWebhookConfiguration", "mutatingwebhookconfigurations", "admissionregistration.k8s.io", namespaced=False
)
VALIDATING_WEBHOOK = Kind(
    "ValidatingWebhookConfiguration",
    "validatingwebhookconfigurations",
    "admissionregistration.k8s.io",
    namespaced=False,
)
API_SERVICE = Kind("APIService", "apiservices", "apiregistration.k8s.io", namespaced=False)
CUSTOM_RESOURCE = Kind(
    "CustomResourceDefinition",
    "customresourcedefinitions",
    "apiextensions.k8s.io",
    namespaced=False,
    aliases=("crd", "crds"),
)
CLUSTER_TRUST_BUNDLE = Kind(
    "ClusterTrustBundle",
    "clustertrustbundles",
    "certificates.k8s.io",
    ("v1", "v1beta1", "v1alpha1"),
    namespaced=False,
    aliases=("ctb",),
)
PEER_AUTHENTICATION = Kind("PeerAuthentication", "peerauthentications", "security.istio.io", _SECURITY, aliases=("pa",))
DESTINATION_RULE = Kind("DestinationRule", "destinationrules", "networking.istio.io", _NETWORKING, aliases=("dr",))
SERVICE_ENTRY = Kind("ServiceEntry", "serviceentries", "networking.istio.io", _NETWORKING, aliases=("se",))
WORKLOAD_ENTRY = Kind("WorkloadEntry", "workloadentries", "networking.istio.io", _NETWORKING, aliases=("we",))
SIDECAR = Kind("Sidecar", "sidecars", "networking.istio.io", _NETWORKING)
VIRTUAL_SERVICE = Kind("VirtualService", "virtualservices", "networking.istio.io", _NETWORKING, aliases=("vs",))
AUTHORIZATION_POLICY = Kind(
    "AuthorizationPolicy", "authorizationpolicies", "security.istio.io", _SECURITY, aliases=("ap",)
)
GATEWAY = Kind("Gateway", "gateways", "networking.istio.io", _NETWORKING, aliases=("gw",))
KUBERNETES_GATEWAY = Kind("Gateway", "gateways", _GATEWAY_API, ("v1", "v1beta1"), aliases=("gtw",))
GATEWAY_CLASS = Kind(
    "GatewayClass", "gatewayclasses", _GATEWAY_API, ("v1", "v1beta1"), namespaced=False, aliases=("gc",)
)
REFERENCE_GRANT = Kind("ReferenceGrant", "referencegrants", _GATEWAY_API, ("v1", "v1beta1"), aliases=("refgrant",))
BACKEND_TLS_POLICY = Kind(
    "BackendTLSPolicy", "backendtlspolicies", _GATEWAY_API, ("v1", "v1alpha3"), aliases=("btlspolicy",)
)
ENVOY_FILTER = Kind("EnvoyFilter", "envoyfilters", "networking.istio.io", ("v1alpha3",))

CERTIFICATE = Kind("Certificate", "certificates", "cert-manager.io", aliases=("cert", "certs"))
CERTIFICATE_REQUEST = Kind("CertificateRequest", "certificaterequests", "cert-manager.io", aliases=("cr", "crs"))
ISSUER = Kind("Issuer", "issuers", "cert-manager.io")
CLUSTER_ISSUER = Kind("ClusterIssuer", "clusterissuers", "cert-manager.io", namespaced=False)
ORDER = Kind("Order", "orders", "acme.cert-manager.io")
CHALLENGE = Kind("Challenge", "challenges", "acme.cert-manager.io")
EXTERNAL_SECRET = Kind("ExternalSecret", "externalsecrets", "external-secrets.io", ("v1", "v1beta1"), aliases=("es",))
INGRESS = Kind("Ingress", "ingresses", "networking.k8s.io", aliases=("ing",))
NETWORK_POLICY = Kind("NetworkPolicy", "networkpolicies", "networking.k8s.io", aliases=("netpol",))
LOCAL_ACCESS_REVIEW = Kind("LocalSubjectAccessReview", "localsubjectaccessreviews", "authorization.k8s.io")
ROLE = Kind("Role", "roles", "rbac.authorization.k8s.io")
ROLE_BINDING = Kind("RoleBinding", "rolebindings", "rbac.authorization.k8s.io")
CLUSTER_ROLE = Kind("ClusterRole", "clusterroles", "rbac.authorization.k8s.io", namespaced=False)
CLUSTER_ROLE_BINDING = Kind("ClusterRoleBinding", "clusterrolebindings", "rbac.authorization.k8s.io", namespaced=False)

KINDS: tuple[Kind, ...] = (
    NAMESPACE,
    POD,
    SERVICE,
    SERVICE_ACCOUNT,
    CONFIG_MAP,
    SECRET,
    ENDPOINT_SLICE,
    DEPLOYMENT,
    STATEFUL_SET,
    DAEMON_SET,
    REPLICA_SET,
    JOB,
    CRON_JOB,
    MUTATING_WEBHOOK,
    VALIDATING_WEBHOOK,
    API_SERVICE,
    CUSTOM_RESOURCE,
    CLUSTER_TRUST_BUNDLE,
    PEER_AUTHENTICATION,
    DESTINATION_RULE,
    SERVICE_ENTRY,
    WORKLOAD_ENTRY,
    SIDECAR,
    VIRTUAL_SERVICE,
    AUTHORIZATION_POLICY,
    KUBERNETES_GATEWAY,
    GATEWAY_CLASS,
    REFERENCE_GRANT,
    BACKEND_TLS_POLICY,
    GATEWAY,  # after the other Gateway: by its bare name it is this one that is meant
    ENVOY_FILTER,
    CERTIFICATE,
    CERTIFICATE_REQUEST,
    ISSUER,
    CLUSTER_ISSUER,
    ORDER,
    CHALLENGE,
    EXTERNAL_SECRET,
    INGRESS,
    NETWORK_POLICY,
    LOCAL_ACCESS_REVIEW,
    ROLE,
    ROLE_BINDING,
    CLUSTER_ROLE,
    CLUSTER_ROLE_BINDING,
)

WORKLOAD_KINDS = (DEPLOYMENT, STATEFUL_SET, DAEMON_SET, REPLICA_SET, JOB, CRON_JOB)
ISSUER_KINDS = (ISSUER, CLUSTER_ISSUER)
ROLE_KINDS = (ROLE, CLUSTER_ROLE)
BINDING_KINDS = (ROLE_BINDING, CLUSTER_ROLE_BINDING)

KIND_BY_ALIAS: dict[str, Kind] = {
    alias: kind
    for kind in KINDS
    for alias in (kind.singular, kind.plural, kind.resource, kind.qualified, *kind.aliases)
}

_KIND_BY_IDENTITY = {(kind.group, kind.name): kind for kind in KINDS}


@lru_cache(1000)
def find_kind(api_version: str, name: str) -> Kind | None:
    """The kind of a manifest by its `apiVersion` and `kind`, in any served version; None when we do not know it."""
    group, _, _ = api_version.rpartition("/")
    return _KIND_BY_IDENTITY.get((group, name))
