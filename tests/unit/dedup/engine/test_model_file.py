"""Model files: what is written is read, and what is wrong is refused, all of it at once."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import pytest

from services.dedup.matching.bangladesh.normaliser import NORMALISER
from services.dedup.matching.model_file import ModelRefused, ModelUnreadable, dump, load
from services.dedup.matching.model_mistakes import mistakes
from tests.unit.dedup.engine.people import MODEL_FILE, model


def test_a_model_is_the_same_after_writing_and_reading(tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    path.write_bytes(dump(model()))
    assert load(path, NORMALISER) == model()
    assert path.read_bytes() == MODEL_FILE.read_bytes()


def test_a_file_that_is_not_there_or_no_json_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ModelUnreadable, match="nowhere"):
        load(tmp_path / "nowhere.json", NORMALISER)
    (tmp_path / "broken.json").write_text("{")
    with pytest.raises(ModelUnreadable, match="not JSON"):
        load(tmp_path / "broken.json", NORMALISER)


@cache
def _small() -> bytes:
    """The shipped file with two of each field's thousand names."""
    document = orjson.loads(MODEL_FILE.read_bytes())
    for field in document["fields"]:
        if "frequencies" in field:
            field["frequencies"]["values"] = dict(list(field["frequencies"]["values"].items())[:2])
    return orjson.dumps(document)


def _with(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    document: dict[str, Any] = orjson.loads(_small())
    assert not list(mistakes(document, NORMALISER))
    change(document)
    return document


def _refused(tmp_path: Path, document: Any) -> tuple[str, ...]:
    path = tmp_path / "model.json"
    path.write_bytes(orjson.dumps(document))
    with pytest.raises(ModelRefused) as refused:
        load(path, NORMALISER)
    return refused.value.mistakes


@pytest.mark.parametrize(
    ("change", "mistake"),
    [
        (lambda d: d.update(schema=2), "schema is 2"),
        (lambda d: d.update(normaliser="bangladesh-0"), "train the model anew"),
        (lambda d: d.pop("same_rate"), "same_rate is missing"),
        (lambda d: d.update(twin_rate=0), "must be above 0"),
        (lambda d: d.update(review="low"), "review is no finite number"),
        (lambda d: d.update(review=20.0), "review is above automatic"),
        (lambda d: d.update(calibration=[[0, 1], [0, 2]]), "calibration does not rise"),
        (lambda d: d.update(calibration=[["a", 1], [0, 2]]), "no finite number"),
        (lambda d: d.update(gates=[{"eyes": ["blue"]}]), "no such field"),
        (lambda d: d.update(gates=[{}]), "gates[0] names no field: every pair would show it"),
        (lambda d: d.update(holds=[{"name": [["exact"]]}]), "no such levels"),
        (lambda d: d.update(fields=[]), "fields is no list"),
        (lambda d: d.update(fields=None), "fields is no list"),
        (lambda d: d["fields"][0].update(name=["name"]), "name is missing or no text"),
        (lambda d: d["fields"][0].update(kind={}), "kind is {}"),
        (lambda d: d["fields"][0].update(slots=[["n13"]]), "slots is [['n13']]"),
        (lambda d: d["fields"][0].update(kind="smell"), "kind is 'smell'"),
        (lambda d: d["fields"][0].update(slots=["nose"]), "slots is"),
        (lambda d: d["fields"][1].update(slots=["born", "n13"]), "are not what kind date compares"),
        (lambda d: d["fields"][0]["levels"].pop(), "levels are not equal, near, differ"),
        (lambda d: d["fields"][0]["levels"][0].update(m="heavy"), "m is missing or no finite number"),
        (lambda d: d["fields"][0]["levels"][0].update(u=-1), "u is -1"),
        (lambda d: d["fields"][0]["levels"][0].pop("h"), "h is missing"),
        (lambda d: d["fields"][5]["frequencies"].update(slot="n13"), "no slot for text"),
        (lambda d: d["fields"][5]["frequencies"]["values"].update(x=2), "values are no numbers"),
        (lambda d: d["fields"].append(d["fields"][0]), "two fields have one name"),
    ],
)
def test_each_kind_of_mistake_is_refused_with_its_place(
    tmp_path: Path, change: Callable[[dict[str, Any]], object], mistake: str
) -> None:
    assert any(mistake in found for found in _refused(tmp_path, _with(change)))


def test_whatever_stands_at_any_place_of_the_file_the_answer_is_a_list_of_sentences() -> None:
    document: dict[str, Any] = orjson.loads(_small())
    # One field of each kind.
    document["fields"] = [field for field in document["fields"] if field["name"] not in ("mother", "father")]
    assert not list(mistakes(document, NORMALISER))
    for holder, place in _places(document):
        stood = holder[place]
        content: Any
        for content in (None, [[]], [{}]):
            holder[place] = content
            assert all(isinstance(found, str) for found in mistakes(document, NORMALISER))
        holder[place] = stood
    assert not list(mistakes(document, NORMALISER))


def _places(content: Any) -> list[tuple[Any, Any]]:
    """Everything within, as what holds it and where."""
    names = list(content) if isinstance(content, dict) else range(len(content)) if isinstance(content, list) else []
    return [place for name in names for place in ((content, name), *_places(content[name]))]


def test_all_mistakes_are_reported_at_once(tmp_path: Path) -> None:
    def spoil(document: dict[str, Any]) -> None:
        document.pop("id")
        document.update(schema=9, automatic=None)
        document["fields"][0]["levels"][0].update(m="x")

    assert len(_refused(tmp_path, _with(spoil))) == 4


def test_what_is_no_object_is_refused(tmp_path: Path) -> None:
    assert _refused(tmp_path, [1, 2]) == ("the file holds no object",)
