#!/bin/sh
# Writes the basic files of the configured database (schema.sql, data.sql, seed.sql, …) to seed_data/.
set -eu
cd "$(dirname "$0")/.."
. scripts/environment.sh
prepare embedded
exec .venv/bin/snapshot create --format sql "$@"
