"""Whom an answer is for: the application's id, and the source's reference as far as it may be shown.

A reference that is the applicant's own national id, birth registration or mobile number is refused, and whoever reads
a status topic must not learn it from the refusal. So it is masked, and the line names the submitted record instead.
"""

from typing import NamedTuple

import orjson

from services.intake.submission import Submission
from shared.privacy import Pseudonyms, mask_number
from shared.stage.messages import About


class Addressee(NamedTuple):
    """``revision`` is 0 where it cannot be told."""

    application_id: str
    shown_ref: str
    revision: int
    is_masked: bool = False

    def about(self, source: str) -> About:
        """As status lines say it."""
        return About(self.application_id, source, self.shown_ref, self.revision)

    def write(self) -> str:
        """As the fate of a dead letter keeps it."""
        return orjson.dumps(tuple(self)).decode()

    @classmethod
    def read(cls, stored: str) -> "Addressee":
        """Back from there."""
        return cls(*orjson.loads(stored))


def addressee_of(pseudonyms: Pseudonyms, source: str, submission: Submission) -> Addressee:
    """Whom to answer about a form of this source. The id is made of the true reference, the same for ever."""
    source_ref, revision, _, personal = submission
    application_id = pseudonyms.application_id(source, source_ref)
    if personal:
        return Addressee(application_id, mask_number(source_ref), revision, True)
    return Addressee(application_id, source_ref, revision)
