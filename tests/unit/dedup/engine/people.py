"""Records for the engine's tests, and the engine with the shipped model."""

from functools import cache
from pathlib import Path

from services.dedup.matching.bangladesh.normaliser import NORMALISER
from services.dedup.matching.engine import Engine
from services.dedup.matching.model import Model
from services.dedup.matching.model_file import load
from services.dedup.matching.normaliser import Record

MODEL_FILE = Path("deploy/matching/bangladesh.json")
REGISTER_SIZE = 1_000_000


@cache
def model() -> Model:
    """The shipped one."""
    return load(MODEL_FILE, NORMALISER)


@cache
def engine() -> Engine:
    """With the shipped model."""
    return Engine(NORMALISER, model(), b"secret")


def record(**changes: str) -> Record:
    """Abdul Karim, with changes."""
    return {
        "national_id": "4601234567",
        "name_bn": "মোঃ আব্দুল করিম",
        "name_en": "Md. Abdul Karim",
        "mother_bn": "রোকেয়া বেগম",
        "father_bn": "মোঃ আনোয়ার হোসেন",
        "date_of_birth": "1956-03-14",
        "gender": "M",
        "mobile": "01712345678",
        "union": "5549005211",
        **changes,
    }
