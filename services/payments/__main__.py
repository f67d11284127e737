"""``python -m services.payments``."""

from services.payments.app import build
from shared.service.run import run

if __name__ == "__main__":
    run("payments", build)
