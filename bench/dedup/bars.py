"""The bars of duplicate detection, and whether a run passed them."""

from collections.abc import Iterator
from statistics import median
from typing import Any, Final, NamedTuple

_CROWD_US: Final = 10_000
"""Some hundreds of comparisons for each key of a full block (``index.BLOCK_MAX``), whatever the number who share it."""


class Bar(NamedTuple):
    """One figure beside what it must reach."""

    name: str
    figure: float
    limit: float
    at_least: bool

    @property
    def passed(self) -> bool:
        """Whether it did."""
        return self.figure >= self.limit if self.at_least else self.figure <= self.limit


def bars_of(figures: dict[str, Any]) -> Iterator[Bar]:
    """The bars of the parts that were run."""
    for name, least in (("febrl3", 0.998), ("febrl4", 0.9995)):
        if name in figures:
            yield Bar(f"{name}: F1", figures[name]["f1"], least, True)
    if {"speed_100000", "speed_1000000"} <= figures.keys():
        small, large = (figures[f"speed_{people}"]["stage_cpu_us_by_turn"] for people in (100_000, 1_000_000))
        grown = median(after / before for before, after in zip(small, large, strict=True))
        yield Bar("speed: growth from 100,000 to 1,000,000, of turns in the same minute", grown, 1.5, False)
    for part, content in figures.items():
        if part.startswith("population_"):
            yield Bar(f"{part}: recall, found or sent to review", content["recall"], 0.98, True)
            yield Bar(f"{part}: precision of automatic duplicates", content["precision_automatic"], 0.9999, True)
            yield Bar(f"{part}: twins merged automatically", content["twins_merged"], 0, False)
            yield Bar(f"{part}: share of events in review", content["review_share"], 0.05, False)
        if "calibration" in content:
            bands = content["calibration"]
            yield Bar(f"{part}: bands whose stated probability holds", sum(each["holds"] for each in bands), 10, True)
            yield Bar(f"{part}: pairs in a band", min(each["pairs"] for each in bands), 1_000, True)
        if part.startswith("speed_"):
            yield Bar(f"{part}: µs of CPU an event in the stage", content["stage_cpu_us"], 200, False)
            if "splink" in content:
                beside = content["runtime_cpu_us"] / content["splink"]["one_cpu_us"]
                yield Bar(f"{part}: CPU an event beside Splink's linker on the same applications", beside, 1.0, False)
            yield Bar(f"{part}: people loaded a second", content["load_people_per_s"], 10_000, True)
            yield Bar(f"{part}: MB of memory", max(content["stage_rss_mb"], content["load_rss_mb"]), 400, False)
        if part == "crowd":
            passed_unseen, cut, told = (content[name] for name in ("cut_short_and_let_through", "cut_short", "told"))
            named = told.get("mobile", 0) / max(cut, 1)
            yield Bar("crowd: let through without having been compared with all", passed_unseen, 0, False)
            yield Bar("crowd: share of the others that the metric names by kind of key", named, 1.0, True)
            yield Bar("crowd: µs of CPU an application in the runtime", content["runtime_cpu_us"], _CROWD_US, False)
        if part == "races":
            yield Bar("races: faults", sum(content["faults"].values()), 0, False)
        if part == "mixed_scripts":
            yield Bar("mixed scripts: recall", content["recall"], 0.95, True)
            yield Bar("mixed scripts: precision of automatic", content["precision_automatic"], 0.9999, True)
