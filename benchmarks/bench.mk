.PHONY: bench
bench: servers ## Time and memory beside istioctl and kubectl, on 10,000 pods (builds istioctl once)
	@$(BIN)/python -m benchmarks
	@$(BIN)/python -m benchmarks.certificates
