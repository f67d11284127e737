"""Every way to spoil one leaf of the good form that has its own answer: path, value, fault code, field of the fault."""

from typing import Any, NamedTuple

from shared.reference.ccds import MANDATORY_FIELDS

A = "applicant."
M = "household.members[1]."


class Spoiling(NamedTuple):
    """Putting ``value`` at ``path`` must give exactly the fault ``code`` at ``field`` (the path, if not given)."""

    path: str
    value: Any
    code: str
    at: str | None = None

    @property
    def field(self) -> str:
        """Where the fault is noted."""
        return self.at or self.path


MISSING = [Spoiling(A + ("name.bn" if field == "name_bn" else field), ..., "missing") for field in MANDATORY_FIELDS]

SPOILINGS = [
    *MISSING,
    Spoiling("source_ref", "REF/01712345678", "personal_source_ref"),
    Spoiling("programme", ..., "missing"),
    Spoiling("programme", "nonsense", "programme_unknown"),
    Spoiling("programme", 7, "wrong_type"),
    Spoiling("programme", "bede", "programme_closed"),
    Spoiling("programme", "bede", "programme_not_of_source"),
    Spoiling(A + "national_id", 19583026109000123, "wrong_type"),
    Spoiling(A + "national_id", "1958302610900012", "national_id_length"),
    Spoiling(A + "national_id", "30261O9000", "national_id_characters"),
    Spoiling(A + "national_id", "3333333333", "national_id_placeholder"),
    Spoiling(A + "national_id", "19580226109000123", "national_id_district"),
    Spoiling(A + "national_id", "19582676109000123", "national_id_rmo"),
    Spoiling(A + "national_id", "18583026109000123", "national_id_birth_year"),
    Spoiling(A + "birth_registration_number", "123", "birth_registration_length"),
    Spoiling(A + "birth_registration_number", "abc", "birth_registration_characters"),
    Spoiling(A + "birth_registration_number", "0" * 17, "birth_registration_placeholder"),
    Spoiling(A + "name.bn", "Abdur Rahim", "name_not_bangla"),
    Spoiling(A + "name.bn", "১২৩", "name_not_bangla"),
    Spoiling(A + "name.bn", "র" * 126, "too_long"),
    Spoiling(A + "name.bn", "রহিম\x00", "forbidden_character"),
    Spoiling(A + "name.bn", ["রহিম"], "wrong_type"),
    Spoiling(A + "name.en", "আব্দুর রহিম", "name_not_latin"),
    Spoiling(A + "name.en", "A" * 127, "too_long"),
    Spoiling(A + "mother.name.bn", "Amena", "name_not_bangla"),
    Spoiling(A + "mother.national_id", "12", "national_id_length"),
    Spoiling(A + "father.name", {"bn": " "}, "missing", A + "father"),
    Spoiling(A + "date_of_birth", "26/03/1958", "date_format"),
    Spoiling(A + "date_of_birth", "2026-08-16", "date_in_future"),
    Spoiling(A + "date_of_birth", "1899-12-31", "date_before_1900"),
    Spoiling(A + "birth_place", "3061", "birth_place_unknown"),
    Spoiling(A + "nationality", "BD", "nationality_format"),
    Spoiling(A + "gender", "X", "code_unknown"),
    Spoiling(A + "religion", "7", "code_unknown"),
    Spoiling(A + "occupation", "93", "code_unknown"),
    Spoiling(A + "occupation", "1", "code_unknown"),
    Spoiling(A + "blood_group", "9", "code_unknown"),
    Spoiling(A + "education", "20", "code_unknown"),
    Spoiling(A + "marital_status", "6", "code_unknown"),
    Spoiling(A + "disability", "6", "code_unknown"),
    Spoiling(A + "ethnicity", "e" * 51, "too_long"),
    Spoiling(A + "mobile", "01212345678", "mobile_format"),
    Spoiling(A + "present_address.division", "31", "division_unknown"),
    Spoiling(A + "present_address.district", "02", "district_unknown"),
    Spoiling(A + "present_address.district", "61", "district_not_in_division"),
    Spoiling(A + "present_address.district", "3026", "area_code_format"),
    Spoiling(A + "present_address.upazila", ..., "missing"),
    Spoiling(A + "present_address.union", "3", "area_code_format"),
    Spoiling(A + "present_address.rural_ward", "x1", "area_code_format"),
    Spoiling(A + "present_address.line", "x" * 256, "too_long"),
    Spoiling(A + "present_address.country", "356", "country_not_bangladesh"),
    Spoiling(A + "permanent_address.district", ..., "missing"),
    Spoiling(A + "permanent_address.city_corporation", "1", "area_code_format"),
    Spoiling("household", [], "wrong_type"),
    Spoiling("household.household_ref", "h" * 101, "too_long"),
    Spoiling("household.members", "none", "wrong_type"),
    Spoiling("household.members", [{"relation": "self"}] + [{"relation": "child"}] * 50, "too_many"),
    Spoiling("household.members[0].relation", "spouse", "roster_without_self", "household.members"),
    Spoiling("household.members[0].date_of_birth", "1958-03-27", "self_member_differs"),
    Spoiling("household.members[0].gender", "F", "self_member_differs"),
    Spoiling(M + "relation", "self", "roster_more_than_one_self", "household.members"),
    Spoiling(M + "relation", "cousin", "choice_unknown"),
    Spoiling(M + "relation", ..., "missing"),
    Spoiling(M + "date_of_birth", "1964", "date_format"),
    Spoiling(M + "gender", "W", "code_unknown"),
    Spoiling(M + "attends_school", "maybe", "not_yes_or_no"),
    Spoiling("household.answers.rooms", "two", "not_whole_number"),
    Spoiling("household.answers.rooms", True, "not_whole_number"),
    Spoiling("household.answers.rooms", 1.5, "not_whole_number"),
    Spoiling("household.answers.fans", -1, "number_out_of_range"),
    Spoiling("household.answers.television", 1, "not_yes_or_no"),
    Spoiling("household.answers.wall", "gold", "choice_unknown"),
    Spoiling("payee", "bkash", "wrong_type"),
    Spoiling("payee.kind", ..., "missing"),
    Spoiling("payee.kind", "friend", "choice_unknown"),
    Spoiling("payee.kind", "guardian", "payee_kind_not_allowed"),
    Spoiling("payee.kind", "nominee", "payee_is_applicant", "payee.holder_national_id"),
    Spoiling("payee.provider", "paypal", "provider_unknown"),
    Spoiling("payee.provider", ..., "missing"),
    Spoiling("payee.provider", "rocket", "account_not_mobile_with_check_digit", "payee.account"),
    Spoiling("payee.provider", "bank", "missing", "payee.routing_number"),
    Spoiling("payee.account", ..., "missing"),
    Spoiling("payee.account", "0171234567", "account_not_mobile"),
    Spoiling("payee.routing_number", "060261727", "routing_number_check_digit"),
    Spoiling("payee.routing_number", "0602", "routing_number_format"),
    Spoiling("payee.holder_name.bn", "Rahim", "name_not_bangla"),
    Spoiling("payee.holder_national_id", "3026109000124", "payee_is_not_applicant"),
    Spoiling("payee.verified_on", "2026-08-16", "date_in_future"),
    Spoiling("declarations.yearly_income_taka", "little", "not_whole_number"),
    Spoiling("declarations.yearly_income_taka", 10**30, "number_out_of_range"),
    Spoiling("declarations.yearly_income_taka", float("inf"), "not_whole_number"),
    Spoiling(
        "declarations.other_benefits", ["old_age", "free_lunch"], "benefit_unknown", "declarations.other_benefits[1]"
    ),
    Spoiling("declarations.other_benefits", [1], "wrong_type", "declarations.other_benefits[0]"),
    Spoiling("declarations.other_benefits", "vwb", "wrong_type"),
    Spoiling("declarations.widowhood_proof", "letter", "choice_unknown"),
    Spoiling("declarations.disability_card", 12, "wrong_type"),
    Spoiling("declarations.pregnancy_weeks", 46, "number_out_of_range"),
    Spoiling("declarations.pregnancy_order", 0, "number_out_of_range"),
    Spoiling("declarations.education_level", "phd", "choice_unknown"),
    Spoiling("declarations.community", "none", "choice_unknown"),
    Spoiling("declarations.remarried", "perhaps", "not_yes_or_no"),
    Spoiling("consent", ..., "missing", "consent.given"),
    Spoiling("consent.given", False, "consent_refused"),
    Spoiling("consent.given", "yes", "not_yes_or_no"),
    Spoiling("consent.on", "2026-09-01", "date_in_future"),
]
