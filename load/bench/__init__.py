"""How fast the engine and the service are, against this machine's own limits and other ways to serve a model."""
