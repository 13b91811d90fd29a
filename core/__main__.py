"""Glassbox's command line: `python -m core --help`."""

from core.commands import main

raise SystemExit(main())
