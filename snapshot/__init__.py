"""Bring any PostgreSQL database of a team into a known good state, and back."""

__version__ = "0.1.0"
