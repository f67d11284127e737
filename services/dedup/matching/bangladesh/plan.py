"""How the registry's model is trained, and when it may decide by itself (dedup.md, Model).

The thresholds and gates are those that `make bench-dedup` was passed with.
"""

from typing import Final

from services.dedup.matching.training.plan import FieldPlan, Plan

_OWN_NAME: Final = ("exact", "partial")

PLAN: Final = Plan(
    fields=(
        FieldPlan("national_id", "identifier", ("n13", "n10", "registered")),
        FieldPlan("birth_date", "date", ("born",)),
        FieldPlan("mobile", "number", ("mobile",)),
        FieldPlan("sex", "category", ("sex",)),
        FieldPlan("place", "place", ("union",)),
        FieldPlan("name", "name", ("name_bn", "name_bn_vowels", "name_en", "name_en_vowels"), ("name_bn", "name_en")),
        FieldPlan("mother", "name", ("mother", "mother_vowels"), ("mother",)),
        FieldPlan("father", "name", ("father", "father_vowels"), ("father",)),
    ),
    identity="national_id",
    same=(
        {"name": ("exact",), "birth_date": ("equal",), "mother": ("exact",)},
        {"name": ("exact",), "birth_date": ("equal",), "father": ("exact",)},
        {"name": ("exact",), "birth_date": ("equal",), "mobile": ("equal",)},
    ),
    relatives={"mother": ("exact",), "father": ("exact",)},
    twins={"birth_date": ("equal", "year")},
    identity_kinds=("n13", "n10", "registration"),
    automatic=10.0,
    review=-3.0,
    gates=(
        # An equal id and another name is a borrowed one; twins have each other's, and their names differ by a letter.
        {
            "national_id": ("equal",),
            "name": _OWN_NAME,
            "birth_date": ("equal", "slip", "shifted", "year", "year_near"),
        },
        # Without an id to compare. Where ids differ, be it by a digit, a person looks: twins have neighbouring ones.
        {"national_id": ("",), "name": ("exact",), "birth_date": ("equal",)},
    ),
    holds=({"national_id": ("equal",)},),
)
