"""The peer on applications as they arrive: Splink's linker asked about one new record at a time, beside a register.

Runs in an environment of its own (peers.lock), in the folder of a speed run: `list.csv` is the register,
`events.ndjson` the applications that the stage of dedup has taken. Prints JSON.

`one_…`: `predict_between` the register and one record, which is what a linker has to do for each application.
`batch_…`: the same for many records in one call. `pair_…`: `compare_records`, the real-time call, which compares one
pair and neither looks anybody up nor decides.
"""

# mypy: ignore-errors

import csv
import json
import logging
import os
import sys
import time
from itertools import islice
from pathlib import Path

import pandas as pd
import splink
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on
from splink.internals.realtime import compare_records

NAMES = ("name", "mother", "father")
COLUMNS = (
    "national_id",
    "date_of_birth",
    "gender",
    "mobile",
    "union_code",
    *(f"{name}_bn" for name in NAMES),
    "name_en",
)
FREQUENT = ("name_bn",)
ONE, BATCH, PAIRS, WARM = 30, 500, 100, 3


def main(folder: Path) -> None:
    """Train on the list, then take the applications."""
    logging.getLogger("splink").setLevel(logging.ERROR)
    people, events = pd.DataFrame(_people(folder / "list.csv")), list(_events(folder / "events.ndjson"))
    api = DuckDBAPI()
    register = api.register(people, dataset_display_name="register")
    linker = Linker(register, _settings())
    begun = _cpu_s()
    linker.training.estimate_probability_two_random_records_match([block_on("national_id")], recall=0.8)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("national_id"))
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("date_of_birth", "mobile"))
    for column in FREQUENT:
        linker.table_management.compute_tf_table(column)
    figures = {"splink": splink.__version__, "train_cpu_s": round(_cpu_s() - begun, 1)}

    def ask(records, name):
        new = api.register(pd.DataFrame(records), dataset_display_name=name)
        return linker.inference.predict_between(register, new, threshold_match_probability=0.5).as_record_list()

    for place in range(WARM):
        ask([events[place]], f"warm_{place}")
    figures |= _timed("one", ONE, lambda: [ask([events[WARM + n]], f"one_{n}") for n in range(ONE)])
    figures |= _timed("batch", BATCH, lambda: ask(events[:BATCH], "batch"))
    model = linker.misc.save_model_to_json()
    pair = [{**event, "tf_name_bn": 0.001} for event in events[:2]]

    def compare():
        return compare_records(*pair, model, api, sql_cache_key="pair").as_record_list()

    compare()
    figures |= _timed("pair", PAIRS, lambda: [compare() for _ in range(PAIRS)])
    sys.stdout.write(json.dumps(figures) + "\n")


def _settings():
    return SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            cl.DamerauLevenshteinAtThresholds("national_id", [1]),
            cl.DamerauLevenshteinAtThresholds("date_of_birth", [1]),
            cl.ExactMatch("mobile"),
            cl.ExactMatch("gender"),
            cl.ExactMatch("union_code"),
            cl.JaroWinklerAtThresholds("name_bn", [0.9]).configure(term_frequency_adjustments=True),
            cl.JaroWinklerAtThresholds("mother_bn", [0.9]),
            cl.JaroWinklerAtThresholds("father_bn", [0.9]),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("national_id"),
            block_on("mobile"),
            block_on("name_bn", "union_code"),
            block_on("name_en", "union_code"),
            block_on("mother_bn", "father_bn", "gender"),
            block_on("name_bn", "date_of_birth"),
            block_on("name_en", "date_of_birth"),
        ],
    )


def _people(path: Path):
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            row["union_code"] = row["union"]
            yield {"unique_id": row["source_ref"], **{column: row[column] or None for column in COLUMNS}}


def _events(path: Path):
    with path.open("rb") as file:
        for line in islice(file, BATCH):
            event = json.loads(line)
            person, address = event["person"], event["person"]["permanent_address"]
            ids = person.get("national_id") or {}
            names = {f"{who}_bn": _named(person, who).get("bn") for who in NAMES}
            place = ("division", "district", "city_corporation", "upazila", "union")
            yield {
                "unique_id": event["application_id"],
                "national_id": ids.get("n10") or ids.get("n13"),
                **{column: person.get(column) for column in ("date_of_birth", "gender", "mobile")},
                "union_code": "".join(address[part] for part in place),
                **names,
                "name_en": person["name"].get("en"),
            }


def _named(person, who):
    return person["name"] if who == "name" else person.get(who, {}).get("name", {})


def _timed(name, count, work):
    begun, used = time.monotonic(), _cpu_s()
    work()
    seconds, cpu_s = time.monotonic() - begun, _cpu_s() - used
    return {
        f"{name}_cpu_us": round(cpu_s / count * 1e6),
        f"{name}_wall_us": round(seconds / count * 1e6),
        f"{name}_count": count,
    }


def _cpu_s():
    times = os.times()
    return times.user + times.system


if __name__ == "__main__":
    main(Path(sys.argv[1]))
