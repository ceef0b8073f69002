"""Bringing rows back: reading a snapshot's files, planning, and replaying in one transaction."""
