"""How Sphinx makes pages of this folder: ``sphinx-build -W docs build``."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from dirg import __version__

project = "dirg"
release = version = __version__
author = "the authors of dirg"
html_theme = "furo"
html_title = f"dirg {__version__}"
html_static_path = ["static"]
exclude_patterns = ["build"]
highlight_language = "none"
nitpicky = True
