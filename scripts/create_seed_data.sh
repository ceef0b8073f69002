#!/bin/sh
# Writes the configured database to seed_data/, as SQL and JSON.
set -eu
cd "$(dirname "$0")/.."
. scripts/environment.sh
prepare embedded
exec .venv/bin/snapshot create "$@"
