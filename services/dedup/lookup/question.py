"""What a ministry asks about a person, read with every mistake noted; none of them quotes what was sent."""

from collections.abc import Callable
from datetime import date
from typing import Final, NamedTuple, TypeVar

from shared.contracts.form import FormAddress, FormName, FormParent, FormPerson
from shared.contracts.person import Address, Gender, Name, NationalId, Parent, Person
from shared.contracts.status import Reason
from shared.policy.policy import Policy
from shared.reference import identifiers
from shared.reference.ccds import GIVEN_NAME_MAX, NAME_BN_MAX, SURNAME_MAX
from shared.reference.dates import EARLIEST, iso_date
from shared.reference.geography import DISTRICTS
from shared.reference.identifiers import Wrong, compact
from shared.reference.text import has_bangla_letter, has_forbidden, has_latin_letter, tidy, with_visarga

T = TypeVar("T")

_TEXTS: Final = {
    "missing": ("This is missing.", "এটি দেওয়া হয়নি।"),
    "forbidden_character": (
        "It holds a character that cannot be read; type it again.",
        "এতে অপাঠ্য অক্ষর আছে; আবার টাইপ করুন।",
    ),
    "too_long": ("It is too long.", "এটি বেশি দীর্ঘ।"),
    "name_not_bangla": ("It must be written in Bangla letters.", "এটি বাংলা অক্ষরে লিখতে হবে।"),
    "name_not_latin": ("It must be written in English letters.", "এটি ইংরেজি অক্ষরে লিখতে হবে।"),
    "date_format": (
        "It is not a date: write year-month-day, for example 1958-03-26.",
        "এটি সঠিক তারিখ নয়: বছর-মাস-দিন এভাবে লিখুন, যেমন ১৯৫৮-০৩-২৬।",
    ),
    "date_in_future": ("It lies in the future.", "এটি ভবিষ্যতের তারিখ।"),
    "date_before_1900": ("It lies before 1900; check the year.", "এটি ১৯০০ সালের আগের; সালটি যাচাই করুন।"),
    "code_unknown": ("It must be M, F or O.", "এটি M, F বা O হতে হবে।"),
    "area_format": ("It must be a BBS code of two digits.", "এটি দুই অঙ্কের বিবিএস কোড হতে হবে।"),
    "district_unknown": (
        "There is no such district in this division.",
        "এই বিভাগে এমন কোনো জেলা নেই।",
    ),
    "number_wrong": (
        "It cannot be such a number; check its digits and their count.",
        "নম্বরটি সঠিক হতে পারে না; অঙ্ক ও অঙ্কের সংখ্যা যাচাই করুন।",
    ),
    "too_little": (
        "A name and a birth date do not tell people apart: send a national id, a birth registration number, or both "
        "parents' names.",
        "শুধু নাম ও জন্ম তারিখে ব্যক্তি আলাদা করা যায় না: জাতীয় পরিচয়পত্র, জন্ম নিবন্ধন নম্বর বা মা-বাবা উভয়ের নাম দিন।",
    ),
    "programme_unknown": ("No programme has this code.", "এই কোডে কোনো কর্মসূচি নেই।"),
    "programme_closed": (
        "This programme does not take applications here.",
        "এই কর্মসূচিতে এখানে আবেদন নেওয়া হচ্ছে না।",
    ),
    "programme_not_of_source": (
        "Your office may not send applications for this programme.",
        "এই কর্মসূচির আবেদন পাঠানোর অনুমতি আপনার দপ্তরের নেই।",
    ),
    "source_not_yours": ("Your key is not for this source.", "আপনার কী এই উৎসের জন্য নয়।"),
    "source_missing": (
        "Your key is for several sources: say which one asks.",
        "আপনার কী একাধিক উৎসের জন্য: কোনটি জানতে চাইছে তা উল্লেখ করুন।",
    ),
}

NAME_EN_MAX: Final = GIVEN_NAME_MAX + 1 + SURNAME_MAX


def reason(code: str, field: str) -> Reason:
    """A mistake at that place."""
    english, bangla = _TEXTS[code]
    return Reason(code=code, text_en=english, text_bn=bangla, field=field)


class Read(NamedTuple):
    """A person to be looked up; None where there are ``mistakes``."""

    person: Person | None
    mistakes: tuple[Reason, ...]


def who_asks(policy: Policy, own: tuple[str, ...], source: str | None, programme: str) -> tuple[str, list[Reason]]:
    """For which of its ``own`` sources a principal asks, and what is wrong with that and with the programme."""
    mistakes: list[Reason] = []
    if source is None and len(own) != 1:
        mistakes.append(reason("source_missing", "source"))
    elif source is not None and source not in own:
        mistakes.append(reason("source_not_yours", "source"))
    asking = source or own[0]
    known, sends = policy.programmes.get(programme), policy.sources.get(asking)
    if known is None:
        mistakes.append(reason("programme_unknown", "programme"))
    elif not known.open_to_applications:
        mistakes.append(reason("programme_closed", "programme"))
    elif sends is not None and not mistakes and programme not in sends.programmes:
        mistakes.append(reason("programme_not_of_source", "programme"))
    return asking, mistakes


def read_person(form: FormPerson, today: date) -> Read:
    """The person of a question. Name, birth date and permanent address are needed, and what tells people apart."""
    notes = _Notes()
    name = notes.name(form.name, "person.name", needed=True)
    mother, father = notes.parent(form.mother, "person.mother"), notes.parent(form.father, "person.father")
    national_id = notes.number(form.national_id, "person.national_id", identifiers.national_id)
    registration = notes.number(
        form.birth_registration_number, "person.birth_registration_number", identifiers.birth_registration_number
    )
    born = notes.day(form.date_of_birth, "person.date_of_birth", today)
    gender = notes.gender(form.gender, "person.gender")
    mobile = notes.number(form.mobile, "person.mobile", identifiers.mobile)
    address = notes.address(form.permanent_address, "person.permanent_address")
    if not notes.mistakes and national_id is None and registration is None and None in (mother, father):
        notes.note("too_little", "person")
    if notes.mistakes or name is None or address is None:
        return Read(None, tuple(notes.mistakes))
    person = Person(
        national_id=national_id,
        birth_registration_number=registration,
        name=name,
        mother=mother,
        father=father,
        date_of_birth=born,
        gender=gender,
        mobile=mobile,
        permanent_address=address,
    )
    return Read(person, ())


class _Notes:
    """Reads field by field and goes on after a mistake."""

    def __init__(self) -> None:
        self.mistakes: list[Reason] = []

    def note(self, code: str, field: str) -> None:
        self.mistakes.append(reason(code, field))

    def text(self, given: str | None, field: str, length_max: int = 100, *, needed: bool = False) -> str | None:
        """What was typed, tidied; None where it is nothing or wrong."""
        if given is not None and has_forbidden(given):
            self.note("forbidden_character", field)
            return None
        text = tidy(given) if given is not None else ""
        if not text:
            if needed:
                self.note("missing", field)
            return None
        if len(text) > length_max:
            self.note("too_long", field)
            return None
        return text

    def name(self, form: FormName | None, field: str, *, needed: bool = False) -> Name | None:
        before = len(self.mistakes)
        form = form or FormName()
        bangla = self.text(form.bn, f"{field}.bn", NAME_BN_MAX)
        english = self.text(form.en, f"{field}.en", NAME_EN_MAX)
        if bangla is not None and not has_bangla_letter(bangla):
            self.note("name_not_bangla", f"{field}.bn")
        if english is not None and (not has_latin_letter(english) or has_bangla_letter(english)):
            self.note("name_not_latin", f"{field}.en")
        if len(self.mistakes) > before:
            return None
        if bangla is None and english is None:
            if needed:
                self.note("missing", field)
            return None
        return Name(bn=with_visarga(bangla) if bangla is not None else None, en=english)

    def parent(self, form: FormParent | None, field: str) -> Parent | None:
        name = self.name(form.name, f"{field}.name") if form is not None else None
        return Parent(name=name) if name is not None else None

    def number(self, given: str | None, field: str, parse: Callable[[str], T | Wrong]) -> T | None:
        text = self.text(given, field)
        if text is None:
            return None
        number = parse(text)
        if isinstance(number, Wrong):
            self.note("number_wrong", field)
            return None
        return number

    def day(self, given: str | None, field: str, today: date) -> date | None:
        text = self.text(given, field, needed=True)
        if text is None:
            return None
        day = iso_date(text)
        if day is None:
            self.note("date_format", field)
        elif day > today:
            self.note("date_in_future", field)
        elif day < EARLIEST:
            self.note("date_before_1900", field)
        return day

    def gender(self, given: str | None, field: str) -> Gender | None:
        text = self.text(given, field)
        if text is None:
            return None
        try:
            return Gender(text.upper())
        except ValueError:
            self.note("code_unknown", field)
            return None

    def address(self, form: FormAddress | None, field: str) -> Address | None:
        form = form or FormAddress()
        before = len(self.mistakes)
        division = self._area(form.division, f"{field}.division")
        district = self._area(form.district, f"{field}.district")
        upazila = self._area(form.upazila, f"{field}.upazila")
        union = self._area(form.union, f"{field}.union")
        corporation = self._area(form.city_corporation, f"{field}.city_corporation", needed=False)
        if division is not None and district is not None and division + district not in DISTRICTS:
            self.note("district_unknown", f"{field}.district")
        if len(self.mistakes) > before or division is None or district is None or upazila is None or union is None:
            return None
        return Address(
            division=division, district=district, city_corporation=corporation or "00", upazila=upazila, union=union
        )

    def _area(self, given: str | None, field: str, *, needed: bool = True) -> str | None:
        text = self.text(given, field, needed=needed)
        if text is None:
            return None
        code = compact(text)
        if len(code) != 2 or not (code.isascii() and code.isdigit()):
            self.note("area_format", field)
            return None
        return code


def numbers_of(person: Person) -> dict[str, str]:
    """What may be asked for later by number: by kind, the numbers that name this one person."""
    national_id = person.national_id or NationalId()
    found = {"n10": national_id.n10, "n13": national_id.n13, "registered": person.birth_registration_number}
    return {kind: number for kind, number in found.items() if number}
