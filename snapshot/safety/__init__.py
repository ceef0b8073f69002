"""What protects a database: the guard, safety snapshots, and the record of restores."""
