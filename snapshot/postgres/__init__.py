"""The only package that knows the driver and the server."""
