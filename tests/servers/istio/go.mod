// The CRDs that a mesh has, taken as files from the modules that carry them. The pins are those of
// istio.io/istio v0.0.0-20260827124520-eed52ebb66ad (1.31). No Go code imports them, so `go mod tidy` would drop them.
module kubectl-mtls.test/istio

go 1.26.0

require (
	istio.io/api v1.31.0-rc.0.0.20260824154656-b943409680a7
	sigs.k8s.io/gateway-api v1.6.0
)
