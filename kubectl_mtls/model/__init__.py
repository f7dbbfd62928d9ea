"""WHAT IS: frozen facts, each type beside the function that parses it from a manifest."""
