.PHONY: archive
archive: setup ## Build this platform's release archive and krew manifest into dist/
	@$(BIN)/python -m krew.build

.PHONY: plugin-manifest
plugin-manifest: setup ## Render plugin.yaml from the archives in dist/
	@$(BIN)/python -m krew.manifest
