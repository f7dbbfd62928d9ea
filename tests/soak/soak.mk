.PHONY: soak
soak: servers ## A thousand drawn faults before a real API server, 100,000 mutated Secrets
	@$(BIN)/python -m tests.soak.run --scripts $(or $(SCRIPTS),1000)
	@$(BIN)/python -m tests.conformance.secrets.mutation --count $(or $(DRAWS),100000)
