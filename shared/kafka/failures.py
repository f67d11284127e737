"""What Kafka's client raises, in the words of ``shared.stage.ports``."""

from aiokafka.errors import (
    AuthenticationFailedError,
    BrokerNotAvailableError,
    CommitFailedError,
    CorruptRecordException,
    IllegalGenerationError,
    IllegalStateError,
    InvalidTopicError,
    KafkaConnectionError,
    KafkaError,
    KafkaTimeoutError,
    KafkaUnavailableError,
    ProducerClosed,
    RebalanceInProgressError,
    RecordTooLargeError,
    ReplicaNotAvailableError,
    SaslAuthenticationFailed,
    TopicAuthorizationFailedError,
    UnknownMemberIdError,
    UnknownTopicOrPartitionError,
    UnsupportedCodecError,
)

from shared.stage.ports import KafkaAway

CLIENT_FAILURES = (KafkaError, OSError, TimeoutError)
"""Everything that a call of aiokafka raises when it is Kafka's fault and not ours."""

MEMBERSHIP_LOST = (
    CommitFailedError,
    IllegalGenerationError,
    IllegalStateError,
    RebalanceInProgressError,
    UnknownMemberIdError,
)
"""The group has moved on without us."""

UNPARSABLE = (CorruptRecordException, RecordTooLargeError, UnsupportedCodecError)
"""The answer came, but aiokafka's parser cannot make records of it."""

OF_THE_TOPIC = (InvalidTopicError, TopicAuthorizationFailedError, UnknownTopicOrPartitionError)
"""The topic is missing, or is not for us: true of every record that goes there."""

_PASSING = (
    AuthenticationFailedError,
    BrokerNotAvailableError,
    KafkaTimeoutError,
    KafkaUnavailableError,
    ProducerClosed,
    ReplicaNotAvailableError,
    SaslAuthenticationFailed,
)
"""Not marked as retriable by aiokafka, and yet no record's fault."""


def passes(error: BaseException) -> bool:
    """Whether the same call may succeed later without anything about the records being changed."""
    if isinstance(error, KafkaError):
        return bool(error.retriable) or isinstance(error, _PASSING)
    return isinstance(error, CLIENT_FAILURES)


def describe(error: BaseException) -> str:
    """A cause for a sentence: the client's error by name, with its text where it has one."""
    if isinstance(error, KafkaConnectionError):
        return "no broker could be reached"
    text = str(error)
    name = type(error).__name__
    if not text or text.endswith(name):  # "[Error 10] MessageSizeTooLargeError"
        return name
    return text if text.startswith(name) else f"{name}: {text}"


def away(error: BaseException) -> KafkaAway:
    """The error as the runtime's reason to wait."""
    return KafkaAway(describe(error))
