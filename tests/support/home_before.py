"""A home that the version before features and targets has written: real runs, own photos, a table, no public arrays.

Its numbers here were said by that version's own command line.
"""

import zipfile
from pathlib import Path

HOME = Path(__file__).with_suffix(".zip")
CNN, OWN_CNN, GAN, STOPPED = (
    "1m8hgqjz34maz3gjgsnwv43es",
    "1m8hgqpe6xg55tcg1rf7nwmyd",
    "1m8hgqqrym1bphcgxmnmnnn83",
    "1m8hgqstnptkt6jq19mhbf631",
)
PHOTOS, TABLE = "own_1m8hgqdar92dh0y79bhtxhh2f", "own_1m8hgqg1mw9j5s530bxn7cpjb"

# What `runs --json` printed, newest first.
RUNS = [
    {"run": STOPPED, "status": "stopped", "epochs_done": 12, "test_accuracy_last": 0.852778, "parameters": 1290},
    {"run": GAN, "status": "succeeded", "epochs_done": 0, "diversity_last": 0.37376, "parameters": 75},
    {"run": OWN_CNN, "status": "succeeded", "epochs_done": 2, "test_accuracy_last": 1.0, "parameters": 186},
    {"run": CNN, "status": "succeeded", "epochs_done": 3, "test_accuracy_last": 0.786111, "parameters": 1290},
]
# What `samples GAN --n 6 --seed 3` wrote.
POINTS = [
    [-1.0689648, -0.0996924],
    [-0.1935692, 0.0067359],
    [-0.1587642, -0.0347622],
    [-0.4312641, -0.3899395],
    [0.3674055, -0.4980409],
    [-0.1012366, 0.0186023],
]
STOPPED_AT = 540


def unpack_home_before(home: Path) -> None:
    """Let a folder be that home."""
    with zipfile.ZipFile(HOME) as archive:
        archive.extractall(home)
