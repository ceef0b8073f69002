"""Subsets: rows that were asked for, and all that they need, in one consistent read."""
