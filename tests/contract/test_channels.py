"""The pages about topics and channels say what ``shared/topics.py`` says."""

from pathlib import Path

import yaml

from shared import topics, topics_page
from shared.contracts.base import schema_of
from shared.contracts.catalogue import CATALOGUE
from shared.kafka import asyncapi

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_of_topics_is_current() -> None:
    page = (DOCS / "topics.md").read_text(encoding="utf-8")
    assert page == topics_page.page(), "run: python -m shared.topics_page > docs/topics.md"


def test_the_asyncapi_document_is_current() -> None:
    stored = (DOCS / "asyncapi.yaml").read_text(encoding="utf-8")
    assert stored == asyncapi.text(), "run: python -m shared.kafka.asyncapi > docs/asyncapi.yaml"


def test_the_asyncapi_document_has_every_topic_and_the_contract_of_every_message() -> None:
    document = yaml.safe_load(asyncapi.text())
    every = topics.all_topics([asyncapi.SOURCE], [asyncapi.PROVIDER])
    events = {topic.name for topic in every if not topic.name.endswith(".dlq")}
    assert {channel["address"] for channel in document["channels"].values()} == {*events, "{topic}.{group}.dlq"}
    described = {part.get("description") for part in document["components"]["schemas"].values()}
    assert {schema_of(model)["description"] for model in CATALOGUE.values()} <= described
    assert document["asyncapi"].startswith("3.")


def test_every_reference_of_the_asyncapi_document_leads_somewhere() -> None:
    document = yaml.safe_load(asyncapi.text())

    def follow(part: object) -> int:
        if isinstance(part, list):
            return sum(map(follow, part))
        if not isinstance(part, dict):
            return 0
        reference = part.get("$ref")
        if isinstance(reference, str):
            target = document
            for step in reference.removeprefix("#/").split("/"):
                target = target[step.replace("~1", "/").replace("~0", "~")]
            return 1
        return sum(map(follow, part.values()))

    assert follow(document) > 100


def test_outsiders_channels_are_received_and_all_others_sent() -> None:
    document = asyncapi.document()
    outside = {topic.name for topic in topics.all_topics([asyncapi.SOURCE], [asyncapi.PROVIDER]) if topic.outside}
    received = {
        document["channels"][each["channel"]["$ref"].removeprefix("#/channels/")]["address"]
        for each in document["operations"].values()
        if each["action"] == "receive"
    }
    assert received == outside
