"""A database on one page: tables, foreign keys and load order as one HTML file."""
