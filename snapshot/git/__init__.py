"""Snapshots in a git repository: merged by rows, and shown by rows."""
