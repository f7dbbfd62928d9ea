# More Secrets than the tests hold: drawn, answered by istiod's own code, OpenSSL and Envoy, and compared with ours.
SECRETS := tests/conformance/secrets
SECRETS_MADE := build/secrets
SEED ?= 1
COUNT ?= 200

.PHONY: secrets
secrets: setup $(SECRETS_MADE)/oracle ## Fresh wrong Secrets against istiod, OpenSSL and Envoy: SEED=1 COUNT=200
	$(BIN)/python -m tests.conformance.secrets.oracle.generate --seed $(SEED) --count $(COUNT) --pairs > $(SECRETS_MADE)/cases-$(SEED).jsonl
	$(BIN)/python -m tests.conformance.secrets.oracle.answer --oracle $(abspath $(SECRETS_MADE)/oracle) \
		< $(SECRETS_MADE)/cases-$(SEED).jsonl > $(SECRETS_MADE)/answers-$(SEED).jsonl
	$(BIN)/python -m tests.conformance.secrets.compare $(SECRETS_MADE)

$(SECRETS_MADE)/oracle: $(SECRETS)/oracle/main.go $(SECRETS)/oracle/answer.go $(SECRETS)/oracle/go.mod
	@mkdir -p $(SECRETS_MADE)
	cd $(SECRETS)/oracle && PATH="$(abspath $(BIN)):$$PATH" go build -o $(abspath $@) .
