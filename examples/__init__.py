"""Applications with their schemas and blueprints, complete enough to copy from."""
