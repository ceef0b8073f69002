"""Stop the application's containers while its database is replaced."""
