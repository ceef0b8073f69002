"""python -m snapshot."""

from snapshot.cli import main

main()
