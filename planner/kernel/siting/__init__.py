"""Where to build: searches, bounds, and models with proofs that plain code derives again."""
