#!/usr/bin/env python3
"""Writes seed_data/ in every format, in dependency order. Options go to `snapshot create`."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
PREPARE = '. scripts/environment.sh && prepare embedded && exec .venv/bin/snapshot create "$@"'
FORMATS = [word for name in ("sql", "json", "archive") for word in ("--format", name)]

os.chdir(ROOT)
os.execv("/bin/sh", ["sh", "-c", PREPARE, "sh", *FORMATS, *sys.argv[1:]])
