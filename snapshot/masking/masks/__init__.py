"""The masks: what each one makes of a column, and what it preserves."""
