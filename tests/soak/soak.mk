.PHONY: soak
soak: servers ## A thousand drawn faults before a real API server, 100,000 mutated Secrets and meshes
	@$(BIN)/python -m tests.soak.run --scripts $(or $(SCRIPTS),1000)
	@$(BIN)/python -m tests.conformance.secrets.mutation --count $(or $(DRAWS),100000)
	@HOSTILE_EXAMPLES=$(or $(DRAWS),100000) $(BIN)/pytest -q tests/hostile
