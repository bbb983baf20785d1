"""Which names are those of secrets."""

from __future__ import annotations

import re
from collections.abc import Sequence

PATTERNS = (
    r"PASSWORD|PASSWD|PASSPHRASE",
    r"SECRET|TOKEN|CREDENTIAL",
    r"(API|PRIVATE|ACCESS|ENCRYPTION|SIGNING)_?KEY",
)
# What names the file of a secret is none itself.
_FILE = re.compile(r"_(FILE|PATH|DIR)$", re.IGNORECASE)


def looks_secret(name: str, patterns: Sequence[str] = PATTERNS) -> bool:
    """Whether a variable of this name is likely to hold a secret.

    ``patterns``: regular expressions, one of which is found in the name, in any case.
    """
    found = any(re.search(pattern, name, re.IGNORECASE) for pattern in patterns)
    return found and not _FILE.search(name)
