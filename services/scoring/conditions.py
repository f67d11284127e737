"""What each criterion asks for, as words that finish "The programme asks for …", in English and Bangla."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from shared.policy import criteria as policy
from shared.policy.base import PolicyPart
from shared.reference.ccds import GENDER, MARITAL_STATUS

_BANGLA_DIGITS: Final = str.maketrans("0123456789", "০১২৩৪৫৬৭৮৯")


class Phrase(NamedTuple):
    """The same words in both languages."""

    en: str
    bn: str


def bangla_number(number: int) -> str:
    """A number as it is written in Bangla, thousands apart: ১০,০০০."""
    return f"{number:,}".translate(_BANGLA_DIGITS)


def condition(criterion: policy.Criterion) -> Phrase:
    """What a criterion asks for. It states the rule, never anything of the applicant."""
    return _PHRASES[type(criterion)](criterion)


def _range(ages: policy.AgeRange) -> Phrase:
    low, high = ages.at_least, ages.at_most
    if low is not None and high is not None:
        return Phrase(f"{low} to {high} years", f"{bangla_number(low)} থেকে {bangla_number(high)} বছর")
    if low is not None:
        return Phrase(f"at least {low} years", f"কমপক্ষে {bangla_number(low)} বছর")
    assert high is not None, "policy refuses a range without an end"
    return Phrase(f"at most {high} years", f"সর্বোচ্চ {bangla_number(high)} বছর")


def _age(criterion: policy.AgeCriterion) -> Phrase:
    men, women, others = (_range(ages) for ages in (criterion.men, criterion.women, criterion.others))
    if men == women == others:
        return Phrase(f"an age of {men.en}", f"বয়স {men.bn}")
    return Phrase(
        f"an age of {men.en} (men), {women.en} (women), {others.en} (hijra)",
        f"বয়স {men.bn} (পুরুষ), {women.bn} (মহিলা), {others.bn} (হিজড়া)",
    )


def _gender(criterion: policy.GenderCriterion) -> Phrase:
    labels = [GENDER[code] for code in criterion.any_of]
    return Phrase(
        "the gender " + " or ".join(label.en for label in labels), "লিঙ্গ " + " বা ".join(label.bn for label in labels)
    )


def _income(criterion: policy.IncomeCriterion) -> Phrase:
    taka, taka_bn = f"{criterion.at_most_taka:,}", bangla_number(criterion.at_most_taka)
    if criterion.measure == "yearly":
        return Phrase(f"a yearly income of at most {taka} taka", f"বার্ষিক আয় সর্বোচ্চ {taka_bn} টাকা")
    return Phrase(f"a monthly household income of at most {taka} taka", f"পরিবারের মাসিক আয় সর্বোচ্চ {taka_bn} টাকা")


def _marital_status(criterion: policy.MaritalStatusCriterion) -> Phrase:
    labels = [MARITAL_STATUS[code] for code in criterion.any_of]
    return Phrase(
        "the marital status " + " or ".join(label.en for label in labels),
        "বৈবাহিক অবস্থা " + " বা ".join(label.bn for label in labels),
    )


def _widowhood_proof(criterion: policy.WidowhoodProofCriterion) -> Phrase:
    return Phrase("proof of the husband's death or of the divorce", "স্বামীর মৃত্যু বা বিবাহবিচ্ছেদের প্রমাণপত্র")


def _not_remarried(criterion: policy.NotRemarriedCriterion) -> Phrase:
    return Phrase("not being remarried", "পুনরায় বিবাহ না করা")


def _disability_card(criterion: policy.DisabilityCardCriterion) -> Phrase:
    return Phrase("a disability identity card", "প্রতিবন্ধী পরিচয়পত্র (সুবর্ণ নাগরিক কার্ড)")


def _residence(criterion: policy.ResidenceCriterion) -> Phrase:
    return Phrase("permanent residence in the programme's area", "কর্মসূচির এলাকায় স্থায়ী বসবাস")


def _nationality(criterion: policy.NationalityCriterion) -> Phrase:
    if criterion.any_of == ("050",):
        return Phrase("Bangladeshi nationality", "বাংলাদেশের নাগরিকত্ব")
    codes = ", ".join(criterion.any_of)
    return Phrase(f"one of the nationalities {codes}", f"নাগরিকত্ব কোড {codes.translate(_BANGLA_DIGITS)} এর একটি")


def _no_other_benefit(criterion: policy.NoOtherBenefitCriterion) -> Phrase:
    return Phrase("no other regular allowance", "অন্য কোনো নিয়মিত ভাতা না পাওয়া")


def _not_government_employee(criterion: policy.NotGovernmentEmployeeCriterion) -> Phrase:
    return Phrase("not being in government service", "সরকারি চাকরিতে না থাকা")


def _not_pensioner(criterion: policy.NotPensionerCriterion) -> Phrase:
    return Phrase("drawing no government pension", "সরকারি পেনশন না পাওয়া")


_COMMUNITY: Final = {
    "hijra": Phrase("hijra", "হিজড়া"),
    "bede": Phrase("Bede", "বেদে"),
    "anagrasar": Phrase("anagrasar", "অনগ্রসর"),
    "tea_worker": Phrase("tea workers", "চা-শ্রমিক"),
}


def _community(criterion: policy.CommunityCriterion) -> Phrase:
    names = [_COMMUNITY[code] for code in criterion.any_of]
    return Phrase(
        "a certificate of the community " + " or ".join(name.en for name in names),
        " বা ".join(name.bn for name in names) + " জনগোষ্ঠীর প্রত্যয়নপত্র",
    )


def _pregnancy(criterion: policy.PregnancyCriterion) -> Phrase:
    low, high, order = criterion.weeks_at_least, criterion.weeks_at_most, criterion.order_at_most
    return Phrase(
        f"a pregnancy of {low} to {high} weeks, at most the one numbered {order}",
        f"{bangla_number(low)} থেকে {bangla_number(high)} সপ্তাহের গর্ভাবস্থা, সর্বোচ্চ {bangla_number(order)} নম্বর গর্ভ",
    )


def _land(criterion: policy.LandCriterion) -> Phrase:
    limit = criterion.at_most_decimals
    return Phrase(f"at most {limit:,} decimals of land", f"সর্বোচ্চ {bangla_number(limit)} শতাংশ জমি")


_PHRASES: Final[dict[type[PolicyPart], Callable[[Any], Phrase]]] = {
    policy.AgeCriterion: _age,
    policy.GenderCriterion: _gender,
    policy.IncomeCriterion: _income,
    policy.MaritalStatusCriterion: _marital_status,
    policy.WidowhoodProofCriterion: _widowhood_proof,
    policy.NotRemarriedCriterion: _not_remarried,
    policy.DisabilityCardCriterion: _disability_card,
    policy.ResidenceCriterion: _residence,
    policy.NationalityCriterion: _nationality,
    policy.NoOtherBenefitCriterion: _no_other_benefit,
    policy.NotGovernmentEmployeeCriterion: _not_government_employee,
    policy.NotPensionerCriterion: _not_pensioner,
    policy.CommunityCriterion: _community,
    policy.PregnancyCriterion: _pregnancy,
    policy.LandCriterion: _land,
}
