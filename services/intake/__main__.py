"""``python -m services.intake``."""

from services.intake.app import build
from shared.service.run import run

if __name__ == "__main__":
    run("intake", build)
