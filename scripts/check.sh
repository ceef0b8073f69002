#!/bin/sh
# Lint, format and types.
set -eu
cd "$(dirname "$0")/.."
. scripts/environment.sh
prepare test,lint
.venv/bin/ruff check .
.venv/bin/ruff format --check .
.venv/bin/mypy
