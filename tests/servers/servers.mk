.PHONY: servers
servers: setup ## Build the API server that tests and demos run against (once)
	@$(BIN)/python -m tests.servers.build kubernetes
