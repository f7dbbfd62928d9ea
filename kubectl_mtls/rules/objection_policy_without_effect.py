"""The policy counts for no pod, so the change changes nothing.

What it means

The PeerAuthentication that would be changed is ignored by istiod: an older one stands for the same pods, it has a
selector in the root namespace, or its selector matches no pod.

Why it matters

The change would succeed, and the mode would stay what it is. Who relies on it is not protected.

Mend

Change the policy that decides: `kubectl mtls status` names it for every Service, and `kubectl mtls rules MTLS104`
(also MTLS105, MTLS106) says why this one does not count. A workload that is scaled to zero and a virtual machine
(WorkloadEntry) have no pods either: then accept it, `--accept MTLS708`.
"""

from kubectl_mtls.model.finding import Severity
from kubectl_mtls.rules.rule import Rule

RULE = Rule(
    code="MTLS708",
    name="policy-without-effect",
    severity=Severity.ERROR,
    summary="The policy counts for no pod, so the change changes nothing",
    reads=(),
    doc=__doc__,
)
