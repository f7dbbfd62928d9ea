.PHONY: conformance
conformance: setup ## Compare meshes made anew with istiod's own code (SEED, COUNT)
	@$(BIN)/python -m tests.conformance.run --seed $(or $(SEED),1) --count $(or $(COUNT),200)
