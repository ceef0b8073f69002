"""The app stands still while its database is replaced."""
