"""python app/scripts/seed_custom.py --scenario approval_testing --students 20 --no-payments."""

import sys

from seed_manager import seed

words = [word.replace("--scenario", "--profile", 1) for word in sys.argv[1:]]
seed(*words, own=())
