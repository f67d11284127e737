"""``python -m services.notify``."""

from services.notify.app import build
from shared.service.run import run

if __name__ == "__main__":
    run("notify", build)
