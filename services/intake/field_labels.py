"""The fields of the common form in words, for the sentences that people read."""

import re
from typing import Final

from shared.reference.ccds import MANDATORY_FIELDS, OPTIONAL_FIELDS, Label

_WHOLE: Final[dict[str, Label]] = {
    "applicant": Label("the applicant's part", "আবেদনকারীর অংশ"),
    "applicant.name.bn": MANDATORY_FIELDS["name_bn"],
    "applicant.mother": MANDATORY_FIELDS["mother"],
    "applicant.father": MANDATORY_FIELDS["father"],
    "consent": Label("consent", "সম্মতি"),
    "consent.given": Label("the applicant's consent", "আবেদনকারীর সম্মতি"),
    "consent.on": Label("date of consent", "সম্মতির তারিখ"),
    "declarations": Label("declarations", "ঘোষণা"),
    "household": Label("household", "পরিবার"),
    "household.members": Label("list of household members", "পরিবারের সদস্য তালিকা"),
    "household.answers": Label("household answers", "পরিবারের অবস্থার উত্তর"),
    "household.household_ref": Label("household reference", "পরিবারের রেফারেন্স"),
    "payee": Label("payee", "অর্থ গ্রহণকারী"),
    "payee.kind": Label("whose account it is", "হিসাবটি কার"),
    "programme": Label("programme", "কর্মসূচি"),
    "source_ref": Label("reference", "রেফারেন্স"),
}
"""Fields whose name depends on the whole path."""

_PARTS: Final[dict[str, Label]] = {
    **{name: label for name, label in MANDATORY_FIELDS.items() if name not in {"name_bn", "mother", "father"}},
    **OPTIONAL_FIELDS,
    "mother": Label("mother", "মাতা"),
    "father": Label("father", "পিতা"),
    "birth_registration_number": Label("birth registration number", "জন্ম নিবন্ধন নম্বর"),
    "name": Label("name", "নাম"),
    "bn": Label("in Bangla", "বাংলায়"),
    "en": Label("in English", "ইংরেজিতে"),
    "mobile": Label("mobile number", "মোবাইল নম্বর"),
    "division": Label("division code", "বিভাগ কোড"),
    "district": Label("district code", "জেলা কোড"),
    "city_corporation": Label("city corporation code", "সিটি কর্পোরেশন কোড"),
    "upazila": Label("upazila code", "উপজেলা কোড"),
    "union": Label("union or urban ward code", "ইউনিয়ন বা শহুরে ওয়ার্ড কোড"),
    "rural_ward": Label("rural ward code", "গ্রামীণ ওয়ার্ড কোড"),
    "line": Label("house, road or village", "বাড়ি, সড়ক বা গ্রাম"),
    "country": Label("country code", "দেশের কোড"),
    "relation": Label("relation to the applicant", "আবেদনকারীর সঙ্গে সম্পর্ক"),
    "attends_school": Label("attends school", "বিদ্যালয়ে যায় কি না"),
    "any_member_day_labourer": Label("a member paid by the day", "দিনমজুর সদস্য"),
    "rooms": Label("number of rooms", "কক্ষের সংখ্যা"),
    "wall": Label("material of the walls", "দেয়ালের উপকরণ"),
    "television": Label("television", "টেলিভিশন"),
    "fans": Label("number of fans", "পাখার সংখ্যা"),
    "mobile_phones": Label("number of mobile phones", "মোবাইল ফোনের সংখ্যা"),
    "bicycle_motorcycle_or_car": Label("bicycle, motorcycle or car", "সাইকেল, মোটরসাইকেল বা গাড়ি"),
    "cultivable_land_decimals": Label("cultivable land in decimals", "আবাদি জমি (শতাংশ)"),
    "piped_water": Label("piped water", "পাইপের পানি"),
    "female_head": Label("female head of household", "নারী পরিবারপ্রধান"),
    "provider": Label("payment provider", "অর্থ প্রদানকারী প্রতিষ্ঠান"),
    "account": Label("account number", "হিসাব নম্বর"),
    "routing_number": Label("routing number", "রাউটিং নম্বর"),
    "holder_name": Label("account holder's name", "হিসাবধারীর নাম"),
    "holder_national_id": Label("account holder's national id number", "হিসাবধারীর জাতীয় পরিচয়পত্র নম্বর"),
    "verified_on": Label("date of the account check", "হিসাব যাচাইয়ের তারিখ"),
    "entered_by": Label("the clerk who entered the account", "হিসাব লিপিবদ্ধকারী কর্মচারী"),
    "yearly_income_taka": Label("yearly income in taka", "বার্ষিক আয় (টাকা)"),
    "household_monthly_income_taka": Label("household's monthly income in taka", "পরিবারের মাসিক আয় (টাকা)"),
    "land_decimals": Label("land in decimals", "জমি (শতাংশ)"),
    "other_benefits": Label("other benefits", "অন্যান্য ভাতা"),
    "government_employee": Label("government employee", "সরকারি কর্মচারী"),
    "government_pension": Label("government pension", "সরকারি পেনশন"),
    "widowhood_proof": Label("proof of death or divorce", "মৃত্যু বা তালাকের প্রমাণ"),
    "remarried": Label("remarried", "পুনর্বিবাহিত"),
    "disability_card": Label("disability identity card", "প্রতিবন্ধী পরিচয়পত্র"),
    "pregnancy_weeks": Label("weeks of pregnancy", "গর্ভাবস্থার সপ্তাহ"),
    "pregnancy_order": Label("which pregnancy it is", "কততম গর্ভধারণ"),
    "education_level": Label("level of education", "শিক্ষার স্তর"),
    "community": Label("community", "জনগোষ্ঠী"),
}
"""A step of a path in words; a path reads as its steps, the applicant's part left unsaid."""

_SILENT: Final = frozenset({"applicant", "household", "answers", "declarations", "payee"})
_STEP: Final = re.compile(r"([a-z_]+)(?:\[([0-9]+)\])?")
_BANGLA_DIGITS: Final = str.maketrans("0123456789", "০১২৩৪৫৬৭৮৯")


def label_of(path: str | None) -> Label:
    """The field in words, such as "mother: name: in Bangla"; entries of a list are counted from one."""
    if path is None:
        return Label("the form", "ফরম")
    if path in _WHOLE:
        return _WHOLE[path]
    steps = [_step(step) for step in path.split(".") if step not in _SILENT]
    return Label(": ".join(step.en for step in steps), ": ".join(step.bn for step in steps))


def _step(step: str) -> Label:
    found = _STEP.fullmatch(step)
    if found is None:
        return Label(step, step)
    name, index = found[1], found[2]
    if index is None:
        return _PARTS.get(name, Label(name, name))
    place = str(int(index) + 1)
    label = Label("household member", "পরিবারের সদস্য") if name == "members" else _PARTS.get(name, Label(name, name))
    return Label(f"{label.en} {place}", f"{label.bn} {place.translate(_BANGLA_DIGITS)}")
