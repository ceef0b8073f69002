#!/bin/sh
# Brings this machine's database to the state in seed_data/: sets up what is missing, then restores.
# Without a database configured it starts the embedded PostgreSQL. Options go to `snapshot restore`.
set -eu
cd "$(dirname "$0")"
. scripts/environment.sh
prepare embedded,docker
exec .venv/bin/snapshot restore "$@"
