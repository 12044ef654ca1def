"""The command line: `edges-nb --help` lists what it can do.

Exit codes: 0 all is well, 1 something failed or needs attention, 2 what was asked can't be done, 129, 130 and
143 after SIGHUP, Ctrl-C and SIGTERM.
"""

from edges_nb.cli.command_line import app, main

__all__ = ["app", "main"]
