"""What an applicant is told of duplicate detection, in both languages. Nothing of the other application is told."""

from typing import Final

from services.dedup.ruling import Hold, Ruling, State
from shared.contracts.status import Reason

_TEXTS: Final = {
    "accepted_already": (
        "An application of the same person for this programme has been accepted already.",
        "এই কর্মসূচিতে একই ব্যক্তির একটি আবেদন আগেই গৃহীত হয়েছে।",
    ),
    "similar_application": (
        "The application resembles another one; a reviewer will find out whether it is the same person.",
        "আবেদনটির সঙ্গে অন্য একটি আবেদনের মিল আছে; একই ব্যক্তি কি না তা একজন পর্যালোচক যাচাই করবেন।",
    ),
    "earlier_application_first": (
        "An earlier application that resembles this one is being decided first.",
        "এটির সঙ্গে মিল আছে এমন একটি আগের আবেদনের সিদ্ধান্ত আগে হচ্ছে।",
    ),
    "superseded": (
        "A later revision of this application is known; this one changes nothing.",
        "এই আবেদনের পরবর্তী সংস্করণ ইতিমধ্যে পাওয়া গেছে; এই সংস্করণে কোনো পরিবর্তন হয়নি।",
    ),
    "command_unknown": (
        "This stage does not know that command.",
        "এই ধাপ নির্দেশটি জানে না।",
    ),
    "application_unknown": (
        "There is no such application here.",
        "এমন কোনো আবেদন এখানে নেই।",
    ),
    "no_such_hold": (
        "The application is not held for a reviewer under this revision and number; look at it again.",
        "আবেদনটি এই সংস্করণ ও নম্বরে পর্যালোচনার জন্য অপেক্ষমাণ নয়; আবার দেখুন।",
    ),
    "decided_anew": (
        "The application has been decided anew since; look at it again.",
        "এর মধ্যে আবেদনটির নতুন সিদ্ধান্ত হয়েছে; আবার দেখুন।",
    ),
    "taken_by_another": (
        "Another reviewer has taken this application.",
        "অন্য একজন পর্যালোচক আবেদনটি দেখছেন।",
    ),
    "second_person_needed": (
        "What you have decided yourself is taken back by another reviewer.",
        "আপনার নিজের দেওয়া সিদ্ধান্ত অন্য একজন পর্যালোচককে ফিরিয়ে নিতে হবে।",
    ),
    "nothing_to_split": (
        "The application was not taken for another person's.",
        "আবেদনটি অন্য কারো বলে ধরা হয়নি।",
    ),
    "nothing_to_undo": (
        "There is no reviewer's word on this revision that could be taken back.",
        "এই সংস্করণে ফিরিয়ে নেওয়ার মতো কোনো পর্যালোচকের সিদ্ধান্ত নেই।",
    ),
    "pair_unknown": (
        "These two were not found to resemble each other in the lists that were loaded.",
        "যুক্ত করা তালিকাগুলোতে এই দুটির মধ্যে মিল পাওয়া যায়নি।",
    ),
    "pair_decided": (
        "The same has been said of this pair already.",
        "এই জোড়া সম্পর্কে একই কথা আগেই বলা হয়েছে।",
    ),
    "pair_decided_anew": (
        "Somebody has decided this pair since; look at it again.",
        "এর মধ্যে কেউ এই জোড়ার সিদ্ধান্ত দিয়েছেন; আবার দেখুন।",
    ),
    "nothing_to_undo_of_pair": (
        "There is no reviewer's word on this pair that could be taken back.",
        "এই জোড়ায় ফিরিয়ে নেওয়ার মতো কোনো পর্যালোচকের সিদ্ধান্ত নেই।",
    ),
    "not_accepted": (
        "Only an accepted application can be merged with another one.",
        "শুধু গৃহীত আবেদনই অন্যটির সঙ্গে একীভূত করা যায়।",
    ),
    "original_missing": (
        "A verdict of duplicate or merge must name the other application of the same person.",
        "দ্বৈত আবেদন বা একীভূত করার রায় দিলে একই ব্যক্তির অন্য আবেদনটি উল্লেখ করতে হবে।",
    ),
    "original_not_accepted": (
        "The application that it is said to be a duplicate of is not accepted.",
        "যে আবেদনের দ্বৈত বলা হয়েছে সেটি গৃহীত আবেদন নয়।",
    ),
}


def reason(code: str) -> Reason:
    """The reason with that code."""
    english, bangla = _TEXTS[code]
    return Reason(code=code, text_en=english, text_bn=bangla)


def reasons_of(ruling: Ruling) -> tuple[Reason, ...]:
    """Why an application stands as it does."""
    if ruling.state is State.DUPLICATE:
        return (reason("accepted_already"),)
    if ruling.hold is Hold.SYSTEM:
        return (reason("earlier_application_first"),)
    if ruling.hold is Hold.REVIEWER:
        return (reason("similar_application"),)
    return ()
