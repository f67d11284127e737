"""``python -m services.dedup``."""

from services.dedup.app import build
from shared.service.run import run

if __name__ == "__main__":
    run("dedup", build)
