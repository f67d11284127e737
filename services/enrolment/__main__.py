"""``python -m services.enrolment``."""

from services.enrolment.app import build
from shared.service.run import run

if __name__ == "__main__":
    run("enrolment", build)
