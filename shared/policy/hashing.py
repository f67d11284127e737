"""Short hashes of policy content."""

import hashlib
import json
from typing import Any


def short_hash(content: Any) -> str:
    """First 16 hex digits of the SHA-256 over the content as canonical JSON: keys sorted, no spaces, UTF-8."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
