"""What a snapshot is, on disk or in an object store: no server, no SQL."""
