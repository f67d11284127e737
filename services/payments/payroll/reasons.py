"""Why a payroll or an account stands where it stands, and why a command about one is refused. Nothing of a person."""

from typing import Final

from shared.contracts.status import Reason

_ACCOUNT, _CYCLE, _LIST = "payee.account", "arguments.cycle", "arguments.number"

_TEXTS: Final[tuple[tuple[str, str, str, str | None], ...]] = (
    (
        "account_not_checked",
        "The provider was asked whether the account exists, is in use and is the payee's, and has not answered yet.",
        "হিসাবটি আছে কি না, চালু কি না এবং প্রাপকের কি না তা সেবাদাতার কাছে জানতে চাওয়া হয়েছে; উত্তর আসেনি।",
        _ACCOUNT,
    ),
    ("account_good", "The provider confirms the account.", "সেবাদাতা হিসাবটি নিশ্চিত করেছে।", _ACCOUNT),
    (
        "account_missing",
        "The provider knows no such account; send another one.",
        "সেবাদাতার কাছে এমন হিসাব নেই; অন্য হিসাব পাঠান।",
        _ACCOUNT,
    ),
    (
        "account_dormant",
        "The account is not in use: the person activates it, or send another one.",
        "হিসাবটি চালু নয়; হিসাবটি চালু করুন অথবা অন্য হিসাব পাঠান।",
        _ACCOUNT,
    ),
    (
        "account_refused",
        "The account is registered to somebody else; send one of the payee's own.",
        "হিসাবটি অন্য ব্যক্তির নামে নিবন্ধিত; প্রাপকের নিজের হিসাব পাঠান।",
        _ACCOUNT,
    ),
    (
        "account_review",
        "The provider cannot tell whether the account is the payee's; a person compares.",
        "হিসাবটি প্রাপকের কি না সেবাদাতা বলতে পারেনি; একজন কর্মকর্তা মিলিয়ে দেখবেন।",
        _ACCOUNT,
    ),
    (
        "account_change_unconfirmed",
        "The account was changed, and a second person has not confirmed that yet.",
        "হিসাব পরিবর্তন করা হয়েছে; দ্বিতীয় একজন কর্মকর্তা এখনো তা নিশ্চিত করেননি।",
        _ACCOUNT,
    ),
    (
        "account_cooling_off",
        "The account was changed a short while ago, and is paid when the waiting time is over.",
        "হিসাব সম্প্রতি পরিবর্তন করা হয়েছে; অপেক্ষার সময় শেষ হলে টাকা পাঠানো হবে।",
        _ACCOUNT,
    ),
    (
        "account_change_burst",
        "Many accounts were changed by one clerk or to one account; somebody looks at each before it is paid.",
        "একজন কর্মচারী অথবা একটি হিসাবে অনেক পরিবর্তন হয়েছে; টাকা পাঠানোর আগে প্রতিটি যাচাই করা হবে।",
        _ACCOUNT,
    ),
    (
        "account_change_rejected",
        "The changed account was not accepted; send another one.",
        "পরিবর্তিত হিসাব গ্রহণ করা হয়নি; অন্য হিসাব পাঠান।",
        _ACCOUNT,
    ),
    (
        "account_change_unknown",
        "No such change of an account waits for a word.",
        "সিদ্ধান্তের অপেক্ষায় এমন কোনো হিসাব পরিবর্তন নেই।",
        "arguments.entitlement_id",
    ),
    (
        "account_second_person",
        "Who entered the account cannot confirm it.",
        "যিনি হিসাব লিপিবদ্ধ করেছেন তিনি তা নিশ্চিত করতে পারেন না।",
        None,
    ),
    (
        "burst_not_looked_at",
        "This change is one of a burst; say with looked_at what was found out about it.",
        "এটি একসঙ্গে হওয়া অনেক পরিবর্তনের একটি; কী যাচাই করা হয়েছে তা looked_at-এ লিখুন।",
        "arguments.looked_at",
    ),
    (
        "account_question_unknown",
        "No account waits for such a decision.",
        "সিদ্ধান্তের অপেক্ষায় এমন কোনো হিসাব নেই।",
        "arguments.verify_ref",
    ),
    (
        "sent_in_file",
        "The payment left in an EFT file of iBAS++.",
        "আইবাস++-এর ইএফটি ফাইলে পরিশোধ পাঠানো হয়েছে।",
        None,
    ),
    (
        "not_entitled_any_more",
        "The right has ended or is suspended since the money was set aside; nothing was sent.",
        "টাকা আলাদা করে রাখার পর অধিকার শেষ বা স্থগিত হয়েছে; কিছু পাঠানো হয়নি।",
        None,
    ),
    (
        "cycle_over",
        "The cycle was closed before anything could be sent.",
        "কিছু পাঠানোর আগেই পর্বটি বন্ধ হয়ে গেছে।",
        None,
    ),
    (
        "flows_through",
        "The policy lets this programme's payments leave as they come, without a list.",
        "নীতিমালা অনুযায়ী এই কর্মসূচির টাকা তালিকা ছাড়াই পাঠানো হয়।",
        "arguments.programme",
    ),
    ("list_unknown", "This cycle has no such list.", "এই পর্বে এমন তালিকা নেই।", _LIST),
    (
        "list_waits",
        "A list of this cycle is not finished: sign and release it, or send it back.",
        "এই পর্বের একটি তালিকা এখনো শেষ হয়নি; অনুমোদন ও ছাড় করুন, অথবা ফেরত পাঠান।",
        _CYCLE,
    ),
    (
        "list_not_frozen",
        "The list does not wait for a signature.",
        "তালিকাটি অনুমোদনের অপেক্ষায় নেই।",
        _LIST,
    ),
    (
        "list_not_approved",
        "The list has not all its signatures, or has left already.",
        "তালিকার সব অনুমোদন হয়নি, অথবা তালিকাটি আগেই ছাড় হয়েছে।",
        _LIST,
    ),
    (
        "list_has_problems",
        "One person, national id or account is on the list twice, or was paid with a list before it. "
        "dsr payments cycle show says who, and whom to ask; "
        "when it is settled, or one of the two is withheld (dsr payments cycle withhold), freeze the list anew.",
        "একই ব্যক্তি, জাতীয় পরিচয়পত্র বা হিসাব তালিকায় দুইবার আছে, অথবা এই পর্বের আগের তালিকায় পরিশোধ হয়েছে। "
        "কে এবং কাকে জিজ্ঞাসা করতে হবে তা cycle show-তে দেখুন; মীমাংসা হলে "
        "অথবা দুজনের একজনের টাকা স্থগিত (cycle withhold) করলে তালিকা নতুন করে প্রস্তুত করুন।",
        _LIST,
    ),
    (
        "manifest_differs",
        "The list has another manifest than the one that was named: look at it again before signing.",
        "তালিকার ম্যানিফেস্ট ভিন্ন; অনুমোদনের আগে আবার দেখুন।",
        "arguments.manifest",
    ),
    (
        "manifest_altered",
        "The stored list is not as it was when it was signed; nothing of it is paid until that is explained.",
        "সংরক্ষিত তালিকা স্বাক্ষরের সময়ের মতো নেই; কারণ জানা না পর্যন্ত কোনো টাকা পাঠানো হবে না।",
        _LIST,
    ),
    (
        "maker_approves",
        "Who froze the list cannot approve it.",
        "যিনি তালিকা তৈরি করেছেন তিনি তা অনুমোদন করতে পারেন না।",
        None,
    ),
    (
        "approved_before",
        "The same person has signed this list already; each signature is another person's.",
        "একই ব্যক্তি আগেই এই তালিকায় স্বাক্ষর করেছেন; প্রতিটি স্বাক্ষর আলাদা ব্যক্তির হতে হবে।",
        None,
    ),
    ("approved_already", "The list has all its signatures.", "তালিকার সব স্বাক্ষর হয়ে গেছে।", _LIST),
    (
        "not_your_step",
        "The signature that is due now is another office's.",
        "এখন যে স্বাক্ষর প্রয়োজন তা অন্য কার্যালয়ের।",
        None,
    ),
    (
        "not_your_area",
        "Nobody on the list who still needs this signature is in this office's area.",
        "এই কার্যালয়ের এলাকার কেউ স্বাক্ষরের অপেক্ষায় নেই।",
        None,
    ),
    (
        "above_allocation",
        "The list adds up to more than is left of the allocation.",
        "তালিকার মোট টাকা অবশিষ্ট বরাদ্দের চেয়ে বেশি।",
        _LIST,
    ),
    (
        "money_in_transit",
        "Money of this cycle is still with a provider; wait for its reports, or ask for them.",
        "এই পর্বের টাকা এখনো সেবাদাতার কাছে আছে; প্রতিবেদনের জন্য অপেক্ষা করুন।",
        _CYCLE,
    ),
    (
        "year_not_over",
        "The fiscal year is not over yet.",
        "অর্থবছর এখনো শেষ হয়নি।",
        "arguments.fiscal_year",
    ),
    (
        "cycle_lapsed",
        "The fiscal year of this cycle is over and its money has lapsed.",
        "এই পর্বের অর্থবছর শেষ এবং অব্যয়িত টাকা তামাদি হয়েছে।",
        _CYCLE,
    ),
    (
        "budget_code_differs",
        "The order does not name the budget code that the policy has for the programme.",
        "আদেশের বাজেট কোড নীতিমালায় দেওয়া কোডের সঙ্গে মেলে না।",
        "arguments.budget_code",
    ),
    (
        "withheld",
        "Two people have taken this payment off the lists of its cycle until a question about it is settled.",
        "একটি প্রশ্নের মীমাংসা না হওয়া পর্যন্ত দুইজন কর্মকর্তা এই পরিশোধ পর্বের তালিকার বাইরে রেখেছেন।",
        None,
    ),
    (
        "restored",
        "The payment is no longer withheld and joins the next list of its cycle.",
        "পরিশোধটি আর স্থগিত নেই; এটি পর্বের পরবর্তী তালিকায় যুক্ত হবে।",
        None,
    ),
    (
        "not_withholdable",
        "The payment has left, is withheld already, or its cycle is over.",
        "পরিশোধটি পাঠানো হয়ে গেছে, আগেই স্থগিত আছে, অথবা এর পর্ব শেষ।",
        "arguments.entitlement_id",
    ),
    ("not_withheld", "The payment is not withheld.", "পরিশোধটি স্থগিত নেই।", "arguments.entitlement_id"),
    (
        "list_leaving",
        "A list of this cycle is leaving; wait until it is released.",
        "এই পর্বের একটি তালিকা ছাড় হচ্ছে; শেষ হওয়া পর্যন্ত অপেক্ষা করুন।",
        _CYCLE,
    ),
    (
        "entitlement_unknown",
        "Payments knows no such entitlement of the programme.",
        "কর্মসূচির এমন কোনো প্রাপ্যতা জানা নেই।",
        "arguments.entitlement_id",
    ),
)

TABLE: Final = {code: Reason(code=code, text_en=en, text_bn=bn, field=field) for code, en, bn, field in _TEXTS}
"""By code."""
