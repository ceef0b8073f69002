#!/bin/sh
# Sets up what is missing and runs the whole test suite. Options go to pytest.
set -eu
cd "$(dirname "$0")/.."
. scripts/environment.sh
prepare test
exec .venv/bin/python -m pytest -n 2 "$@"
