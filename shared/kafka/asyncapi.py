"""``docs/asyncapi.yaml``: every channel with its messages, for machines. ``python -m shared.kafka.asyncapi`` prints it.

FastStream makes the document from a broker on which the topics are declared and that never connects. What it cannot
know is added: parameters of addresses, and the CloudEvents attributes in the headers.
"""

import sys
from functools import reduce
from operator import or_
from typing import Any

import orjson
import yaml
from faststream.kafka import KafkaBroker
from faststream.specification import AsyncAPI

from shared import topics
from shared.contracts.catalogue import CATALOGUE
from shared.topics import Topic

SOURCE, PROVIDER = "{source}", "{provider}"
_PARAMETERS = {
    "source": "A source that policy declares: the ministry's code.",
    "provider": "A payment provider that policy declares.",
    "topic": "The topic of a record that could not be read.",
    "group": "The consumer group that could not read it.",
}
_DESCRIPTION = """Applications for social protection, from the ministries' systems to payment instructions.
Records are CloudEvents 1.0 in Kafka's binary mode: attributes in headers, JSON as value.
An operation says what this system does: it receives what outsiders write and sends the rest."""


def document() -> dict[str, Any]:
    """The AsyncAPI 3 document."""
    broker = KafkaBroker("localhost:9092")
    every = [topic for topic in topics.all_topics([SOURCE], [PROVIDER]) if topic.read_by != ("operators",)]
    for topic in every:
        _declare(broker, topic)
    letters = topics.dead_letters("{topic}", "{group}")
    broker.publisher(
        letters,
        title=_title(letters),
        schema=bytes,
        description="A record that a group could not read, as it came, under its own key; `dlq_reason` says why.",
    )
    made = AsyncAPI(broker, title="Dynamic Social Registry", version="1.0.0", description=_DESCRIPTION)
    found: dict[str, Any] = orjson.loads(made.to_specification().to_json())
    _name_alternatives(found["components"]["schemas"])
    for part in (found["channels"], found["operations"], *found["components"].values()):
        _sort(part)  # FastStream keeps what is declared in sets
    by_name = {topic.name: topic for topic in every}
    for channel in found["channels"].values():
        _complete(channel, found["components"]["messages"], by_name.get(channel["address"]))
    return found


def text() -> str:
    """The document as its file has it."""
    return "# Made from shared/topics.py and shared/contracts by: python -m shared.kafka.asyncapi\n" + yaml.safe_dump(
        document(), sort_keys=False, allow_unicode=True, width=120
    )


def _declare(broker: KafkaBroker, topic: Topic) -> None:
    description = f"Key: {topic.key}. Written by {', '.join(topic.written_by)}; read by {', '.join(topic.read_by)}."
    contract: Any = reduce(or_, (CATALOGUE[name] for name in topic.message_types))
    if topic.outside:

        async def receive(message: Any) -> None:
            """Never called: the broker is not started."""

        receive.__annotations__["message"] = contract
        broker.subscriber(topic.name, title=_title(topic.name), description=description)(receive)
    else:
        broker.publisher(topic.name, title=_title(topic.name), description=description, schema=contract)


def _name_alternatives(schemas: dict[str, Any]) -> None:
    """Where a channel has several messages each has a schema of its own name; an ``Event`` comes in one piece."""
    for schema in list(schemas.values()):
        for place, alternative in enumerate(schema.get("anyOf", ())):
            if (name := alternative.get("title")) is not None:
                schemas[name] = alternative
                schema["anyOf"][place] = {"$ref": f"#/components/schemas/{name}"}


def _sort(part: dict[str, Any]) -> None:
    entries = sorted(part.items())
    part.clear()
    part.update(entries)


def _title(address: str) -> str:
    """What a channel is called: references to it cannot hold braces."""
    return address.replace("{", "").replace("}", "")


def _complete(channel: dict[str, Any], messages: dict[str, Any], topic: Topic | None) -> None:
    names = [name for name in _PARAMETERS if f"{{{name}}}" in channel["address"]]
    if names:
        channel["parameters"] = {name: {"description": _PARAMETERS[name]} for name in names}
    for reference in channel["messages"].values():
        message = messages[reference["$ref"].removeprefix("#/components/messages/")]
        del message["correlationId"]  # FastStream's own header, which nobody sends here
        if topic is not None:
            message["title"] = " | ".join(topic.message_types)
            message["headers"] = _headers(topic.message_types)


def _headers(types: tuple[str, ...]) -> dict[str, Any]:
    text = {"type": "string"}
    return {
        "type": "object",
        "required": ["ce_specversion", "ce_id", "ce_source", "ce_type"],
        "properties": {
            "ce_specversion": {"const": "1.0"},
            "ce_id": text,
            "ce_source": text,
            "ce_type": {"enum": list(types)},
            "ce_time": {"type": "string", "format": "date-time"},
            "ce_subject": text,
            "content-type": {"const": "application/json"},
            "traceparent": text,
        },
    }


if __name__ == "__main__":
    sys.stdout.write(text())
