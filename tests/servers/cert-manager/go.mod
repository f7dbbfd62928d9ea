// cert-manager's CRDs, taken as files from its module. No Go code imports it yet, so `go mod tidy` would drop it.
module kubectl-mtls.test/cert-manager

go 1.26.0

require github.com/cert-manager/cert-manager v1.21.2
