#!/bin/sh
# Restores the rows of seed_data/data.sql; asks before it deletes anything.
set -eu
cd "$(dirname "$0")/.."
. scripts/environment.sh
prepare embedded,docker
exec .venv/bin/snapshot restore --from sql "$@"
