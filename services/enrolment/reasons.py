"""What enrolment tells an applicant, a committee or an operator, in both languages."""

from collections.abc import Mapping

from shared.contracts.status import Reason

_TEXTS: Mapping[str, tuple[str, str]] = {
    "waiting_for_place": (
        "All places of this area are taken. The place in the queue is kept; a free place goes to the next.",
        "এই এলাকার সব আসন পূর্ণ। অপেক্ষার তালিকায় আপনার স্থান বহাল আছে; আসন খালি হলে পরবর্তী জন পাবেন।",
    ),
    "waiting_for_round": (
        "The application waits for the selection round of its area; the committee decides after the round has closed.",
        "আবেদনটি এলাকার বাছাই পর্বের অপেক্ষায় আছে; পর্ব শেষ হলে কমিটি সিদ্ধান্ত নেবে।",
    ),
    "overlap": (
        "This person already has, or is being given, a place in a programme that excludes this one. The order is kept; "
        "whoever prefers this programme withdraws from the other.",
        "এই ব্যক্তি এমন আরেকটি কর্মসূচিতে আসন পেয়েছেন যা থাকলে এই ভাতা পাওয়া যায় না। ক্রম বহাল আছে; এই কর্মসূচি চাইলে অন্যটি ছাড়তে হবে।",
    ),
    "not_selected": (
        "The selection committee did not select this application.",
        "বাছাই কমিটি এই আবেদনটি নির্বাচন করেনি।",
    ),
    "withdrawn": (
        "The application was withdrawn or no longer qualifies, so it waits no longer.",
        "আবেদনটি প্রত্যাহার হয়েছে বা আর যোগ্য নয়, তাই অপেক্ষার তালিকা থেকে বাদ পড়েছে।",
    ),
    "withdrawn_while_enrolled": (
        "The application was withdrawn or no longer qualifies after a place was given; payment is suspended until an "
        "operator has looked at it.",
        "আসন দেওয়ার পর আবেদনটি প্রত্যাহার হয়েছে বা আর যোগ্য নয়; যাচাই না হওয়া পর্যন্ত ভাতা স্থগিত।",
    ),
    "overlap_found": (
        "It was found after enrolment that this person has a place in a programme that excludes this one; payment is "
        "suspended until an operator has looked at it.",
        "তালিকাভুক্তির পর দেখা গেছে এই ব্যক্তি এমন আরেকটি কর্মসূচিতে আছেন যা থাকলে এই ভাতা পাওয়া যায় না; যাচাই না হওয়া পর্যন্ত ভাতা স্থগিত।",
    ),
    "ended_by_operator": (
        "An operator has ended the entitlement; its place is free again.",
        "কর্তৃপক্ষ ভাতার অধিকার শেষ করেছে; আসনটি আবার খালি।",
    ),
    "not_in_a_round": (
        "No round has ranked this application.",
        "কোনো বাছাই পর্বে এই আবেদন নেই।",
    ),
    "another_round": (
        "The application belongs to another round than the one named.",
        "আবেদনটি উল্লিখিত পর্বের নয়, অন্য পর্বের।",
    ),
    "decided_already": (
        "This application has a place already, or was refused one; to take somebody refused, use an override.",
        "এই আবেদনের সিদ্ধান্ত আগেই হয়েছে; বাদ পড়া কাউকে নিতে হলে ব্যতিক্রম হিসেবে নিন।",
    ),
    "not_offered": (
        "No place is offered to this application. Taking somebody out of order needs an override with its reason.",
        "এই আবেদনকে আসন প্রস্তাব করা হয়নি। ক্রম ভেঙে নিতে হলে কারণসহ ব্যতিক্রম প্রয়োজন।",
    ),
    "reason_missing": (
        "A refusal or an override needs a reason; it stays on record.",
        "প্রত্যাখ্যান বা ব্যতিক্রমের কারণ লিখতে হবে; তা নথিতে থাকে।",
    ),
    "no_free_place": (
        "Every place of this cell is confirmed; there is none to give.",
        "এই এলাকার সব আসন চূড়ান্ত; দেওয়ার মতো আসন নেই।",
    ),
    "programme_unknown": (
        "There is no such programme in the policy.",
        "নীতিমালায় এমন কোনো কর্মসূচি নেই।",
    ),
    "programme_without_rounds": (
        "This programme enrols as places become free; it has no rounds.",
        "এই কর্মসূচিতে আসন খালি হলেই তালিকাভুক্তি হয়; এতে বাছাই পর্ব নেই।",
    ),
    "round_open_already": (
        "A round of this programme is open; close it first.",
        "এই কর্মসূচির একটি পর্ব চলছে; আগে সেটি শেষ করুন।",
    ),
    "round_not_open": (
        "No round of this programme is open.",
        "এই কর্মসূচির কোনো পর্ব চলছে না।",
    ),
    "cell_unknown": (
        "There is no such cell; name it as programme|area.",
        "এমন কোনো এলাকা-কোটা নেই; কর্মসূচি|এলাকা হিসেবে লিখুন।",
    ),
    "entitlement_unknown": (
        "There is no such entitlement that is running or suspended.",
        "এমন কোনো চলমান বা স্থগিত ভাতার অধিকার নেই।",
    ),
}  # fmt: skip


def reason(code: str) -> Reason:
    """The reason of this code."""
    text_en, text_bn = _TEXTS[code]
    return Reason(code=code, text_en=text_en, text_bn=text_bn)


REASONS: Mapping[str, Reason] = {code: reason(code) for code in _TEXTS}
