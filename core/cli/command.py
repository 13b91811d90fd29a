"""What a command is."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from core.settings import Settings

Run = Callable[[Settings, argparse.Namespace], int]  # returns its exit status
AddCommand = Callable[[str, Run, str], argparse.ArgumentParser]  # (name, what it does, the same in words)
