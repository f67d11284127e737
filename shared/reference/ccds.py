"""The Citizen Core Data Structure (CCDS): its fields and code lists (domain.md §2).

Labels stand where the standard or everyday usage gives them; a code that domain.md does not name gets none.
The name of a field here is what gap policy, completeness counts and ``gaps`` of an event use.
"""

from typing import Final, NamedTuple


class Label(NamedTuple):
    """What a code or a field is called in both languages."""

    en: str
    bn: str


MANDATORY_FIELDS: Final[dict[str, Label]] = {
    "national_id": Label("national id number", "জাতীয় পরিচয়পত্র নম্বর"),
    "name_bn": Label("name in Bangla", "বাংলায় নাম"),
    "mother": Label("mother's information", "মাতার তথ্য"),
    "father": Label("father's information", "পিতার তথ্য"),
    "date_of_birth": Label("date of birth", "জন্ম তারিখ"),
    "birth_place": Label("birth place", "জন্মস্থান"),
    "nationality": Label("nationality", "জাতীয়তা"),
    "gender": Label("gender", "লিঙ্গ"),
    "religion": Label("religion", "ধর্ম"),
    "occupation": Label("occupation", "পেশা"),
    "present_address": Label("present address", "বর্তমান ঠিকানা"),
    "permanent_address": Label("permanent address", "স্থায়ী ঠিকানা"),
}
"""The twelve fields that every ministry's system must fill."""

OPTIONAL_FIELDS: Final[dict[str, Label]] = {
    "blood_group": Label("blood group", "রক্তের গ্রুপ"),
    "education": Label("educational qualification", "শিক্ষাগত যোগ্যতা"),
    "marital_status": Label("marital status", "বৈবাহিক অবস্থা"),
    "disability": Label("disability", "প্রতিবন্ধিতা"),
    "ethnicity": Label("ethnicity", "নৃগোষ্ঠী"),
}
"""Optional fields that the common form asks for; the sixth named one, biometric information, is not."""

NEVER_A_GAP: Final = frozenset({"permanent_address"})
"""Without it no quota cell can be told, so no source may leave it empty (design.md §3, Places)."""

BANGLADESH: Final = "050"
"""ISO 3166-1 numeric."""

GENDER: Final = {"M": Label("male", "পুরুষ"), "F": Label("female", "মহিলা"), "O": Label("hijra", "হিজড়া")}

RELIGION: Final = {
    "1": Label("Islam", "ইসলাম"),
    "2": Label("Hindu", "হিন্দু"),
    "3": Label("Buddhist", "বৌদ্ধ"),
    "4": Label("Christian", "খ্রিস্টান"),
    "8": Label("refused to say", "জানাতে অনিচ্ছুক"),
    "9": Label("none", "ধর্মহীন"),
    "0": Label("other", "অন্যান্য"),
}

MARITAL_STATUS: Final = {
    "1": Label("unmarried", "অবিবাহিত"),
    "2": Label("married", "বিবাহিত"),
    "3": Label("widowed", "বিধবা/বিপত্নীক"),
    "4": Label("separated", "বিচ্ছিন্ন"),
    "5": Label("divorced", "তালাকপ্রাপ্ত"),
}

BLOOD_GROUP: Final = {
    "1": Label("O+", "ও+"),
    "2": Label("O−", "ও−"),
    "3": Label("A+", "এ+"),
    "4": Label("A−", "এ−"),
    "5": Label("B+", "বি+"),
    "6": Label("B−", "বি−"),
    "7": Label("AB+", "এবি+"),
    "8": Label("AB−", "এবি−"),
}

DISABILITY: Final = {
    "0": Label("none", "নেই"),
    "1": Label("speech", "বাক"),
    "2": Label("vision", "দৃষ্টি"),
    "3": Label("hearing", "শ্রবণ"),
    "4": Label("physical", "শারীরিক"),
    "5": Label("mental", "মানসিক"),
}

_CLASSES_BN = (
    "প্রথম",
    "দ্বিতীয়",
    "তৃতীয়",
    "চতুর্থ",
    "পঞ্চম",
    "ষষ্ঠ",
    "সপ্তম",
    "অষ্টম",
    "নবম",
    "দশম",
)

EDUCATION: Final = {
    "00": Label("nursery", "প্রাক-প্রাথমিক"),
    **{f"{n:02}": Label(f"class {n}", f"{name} শ্রেণি") for n, name in enumerate(_CLASSES_BN, start=1)},
    "11": Label("HSC", "এইচএসসি"),
    "12": Label("graduate", "স্নাতক"),
    "13": Label("postgraduate", "স্নাতকোত্তর"),
    "14": Label("medical", "চিকিৎসা"),
    "15": Label("engineering", "প্রকৌশল"),
    "16": Label("vocational", "ভোকেশনাল"),
    "17": Label("technical", "কারিগরি"),
    "18": Label("midwifery or nursing", "ধাত্রীবিদ্যা বা নার্সিং"),
    "19": Label("other", "অন্যান্য"),
}

OCCUPATION_CODES: Final = frozenset(f"{n:02}" for n in range(1, 93))
"""01–92. The standard leaves gaps that are not public to us, so no code of this range is refused."""

OCCUPATION: Final = {
    "13": Label("teacher", "শিক্ষক"),
    "30": Label("government executive", "সরকারি নির্বাহী"),
    "36": Label("driver", "গাড়িচালক"),
    "45": Label("hawker", "ফেরিওয়ালা"),
    "54": Label("housemaid", "গৃহকর্মী"),
    "61": Label("farmer", "কৃষক"),
    "64": Label("fisher", "জেলে"),
    "75": Label("weaver", "তাঁতি"),
    "79": Label("tailor", "দর্জি"),
    "81": Label("carpenter", "কাঠমিস্ত্রি"),
}
"""The occupations that domain.md names; the other codes have no public label."""

NAME_BN_MAX: Final = 125
GIVEN_NAME_MAX: Final = 100
SURNAME_MAX: Final = 25
ADDRESS_LINE_MAX: Final = 255
