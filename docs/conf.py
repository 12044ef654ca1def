"""How the documentation is built: offline, with every example executed against the sandbox."""

import os
import sys
import tempfile
from importlib.metadata import version as installed
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import generated

# Examples run on the sandbox, whatever key whoever builds this has, and leave no ledger behind.
for name in [name for name in os.environ if name.startswith("EDGES_")]:
    del os.environ[name]
os.environ["EDGES_SANDBOX"] = "1"
os.environ["EDGES_LEDGER"] = f"{tempfile.mkdtemp(prefix='edges-nb-docs-')}/ledger.sqlite"

project = "edges-nb"
version = release = installed("edges-nb")
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
html_theme = "furo"
html_title = f"edges-nb {version}"
exclude_patterns = ["_build"]
nitpicky = False

nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 120
nb_merge_streams = True

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"


def setup(app: object) -> None:
    """Write the pages that are made from the code, before anything is read."""
    generated.write(Path(__file__).parent / "reference")
