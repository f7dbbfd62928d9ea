"""One address behind a host, with what clients take for granted about its TLS (0.1 items 6, 7, 11 to 13)."""

from dataclasses import dataclass

from kubectl_mtls.model.metadata import Metadata
from kubectl_mtls.model.pod import Pod
from kubectl_mtls.model.selector import Labels
from kubectl_mtls.model.workload_entry import DISABLED, Machine


@dataclass(frozen=True, slots=True, eq=False)
class Endpoint:
    """One address of one port. `number` is the Service port where the registry says it, 0 where its name does.

    `namespace` and `labels` are those that policies look at; both empty for an address that nobody knows. `pod` or
    `machine` say what it is; `entry` is the object that a machine was written in. `kin` is what the pods of one
    workload have in common on a port.
    """

    address: str
    port: int
    port_name: str
    number: int = 0
    tls_mode: str = DISABLED
    namespace: str = ""
    service_account: str = ""
    terminating: bool = False
    pod: Pod | None = None
    machine: Machine | None = None
    entry: Metadata | None = None
    kin: object = None

    @property
    def labels(self) -> Labels:
        """The labels of the workload."""
        return self.pod.labels if self.pod else self.machine.labels if self.machine else {}

    @property
    def alike(self) -> object:
        """What policies and proxies tell endpoints of one host apart by: equal for the pods of one workload."""
        return self.kin or self

    @property
    def shown(self) -> str:
        """`ip:port`, as istiod writes it; a socket's path has no port."""
        return f"{self.address}:{self.port}" if self.port else self.address

    def is_of(self, name: str, number: int) -> bool:
        """Whether clusters that are made with their endpoints count it to this Service port (CopyEndpoints)."""
        return self.number == number if self.number else self.port_name == name
