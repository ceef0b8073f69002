"""Load the rows of a snapshot into a database."""
