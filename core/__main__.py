"""Glassbox's command line: `python -m core --help`."""

from core.cli import main

raise SystemExit(main())
