"""The formats a snapshot is written in. They format and write; they ask nothing of the server."""
