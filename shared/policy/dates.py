"""Policy dates: which day it is in Dhaka, which fiscal year, how old somebody is."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

DHAKA = ZoneInfo("Asia/Dhaka")
DHAKA_US = 6 * 3_600_000_000
"""Dhaka is six hours ahead of UTC and has no summer time: where days are reckoned in µs, for millions."""


def policy_date(moment: datetime) -> date:
    """The Dhaka date of an aware moment; every rule of policy is reckoned on it (design.md §3, Time)."""
    return moment.astimezone(DHAKA).date()


def fiscal_year_start(day: date) -> date:
    """1 July on or before ``day``: the fiscal year runs from July to June (domain.md §4)."""
    return date(day.year if day.month >= 7 else day.year - 1, 7, 1)


def fiscal_year(day: date) -> str:
    """The fiscal year of ``day`` as it is written: ``2026-27``."""
    start = fiscal_year_start(day).year
    return f"{start}-{(start + 1) % 100:02d}"


def completed_years(born: date, on: date) -> int:
    """Age in completed years. Who was born on 29 February turns a year older on 1 March in a common year."""
    month, born_in = on.month, born.month
    return on.year - born.year - (month < born_in or (month == born_in and on.day < born.day))
