"""First drafts of blueprints: what a schema and its rows say, as Python for its author to edit."""
