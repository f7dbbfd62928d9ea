.PHONY: certificates
certificates: setup ## Write fresh certificates for the example meshes into build/examples/
	@$(BIN)/python examples/make_certificates.py build/examples
