.PHONY: soak
soak: servers ## A thousand drawn faults between the program and a real API server
	@$(BIN)/python -m tests.soak.run --scripts $(or $(SCRIPTS),1000)
