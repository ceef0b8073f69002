"""What a snapshot is, on disk or in an object store: no server, no SQL."""

VERSION = "0.1.0"  # of the tool: manifests name it
