"""kubectl mtls: mutual TLS in an Istio mesh, seen and changed from kubectl."""
