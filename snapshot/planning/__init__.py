"""From catalog and manifest to the steps of a change: pure, no I/O."""
