"""What differs between two states: rows by key, sequences, and objects of the schema."""
