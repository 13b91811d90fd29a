"""The command line: a client like the pages, with the same queue and the same workers."""

from core.cli.parser import main as main
