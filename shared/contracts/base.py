"""What every contract model has in common."""

from datetime import UTC, datetime
from typing import Annotated, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict


class Contract(BaseModel):
    """A frozen message part. Unknown fields are ignored, so that a newer sender is understood."""

    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_timedelta="float")

    @classmethod
    def read(cls, value: bytes) -> Self:
        """Parse the value of a record; raises ``pydantic.ValidationError``, which never leaves the decoder."""
        return cls.model_validate_json(value)

    def write(self) -> bytes:
        """The bytes to send: the same object always gives the same bytes."""
        return self.__pydantic_serializer__.to_json(self, exclude_none=True)


def _to_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


Utc = Annotated[AwareDatetime, AfterValidator(_to_utc)]
