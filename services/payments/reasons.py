"""Why a payment stands where it stands: codes, and texts in English and Bangla. They hold nothing of a person."""

from typing import Final

from services.payments.payroll.reasons import TABLE as OF_PAYROLLS
from shared.contracts.status import Reason


def _reason(code: str, text_en: str, text_bn: str, field: str | None = None) -> tuple[str, Reason]:
    return code, Reason(code=code, text_en=text_en, text_bn=text_bn, field=field)


TABLE: Final[dict[str, Reason]] = OF_PAYROLLS | dict(
    (
        _reason(
            "no_account",
            "There is no account to pay to.",
            "টাকা পাঠানোর জন্য কোনো হিসাব দেওয়া হয়নি।",
            "payee.account",
        ),
        _reason(
            "provider_unknown",
            "The provider of the account is not one that pays for this registry.",
            "হিসাবটির সেবাদাতা এই নিবন্ধনের অর্থ পরিশোধ করে না।",
            "payee.provider",
        ),
        _reason(
            "account_not_of_provider",
            "The account number is not one of its provider's kind.",
            "হিসাব নম্বরটি সেবাদাতার নিয়ম অনুযায়ী নয়।",
            "payee.account",
        ),
        _reason(
            "routing_number_wrong",
            "The routing number of the bank branch is missing or its check digit is wrong.",
            "ব্যাংক শাখার রাউটিং নম্বর নেই অথবা তার যাচাই অঙ্ক ভুল।",
            "payee.routing_number",
        ),
        _reason(
            "allocation_short",
            "The allocation of this programme for the cycle is used up.",
            "এই পর্বের জন্য কর্মসূচির বরাদ্দ শেষ হয়েছে।",
        ),
        _reason(
            "release_short",
            "Not enough money has been released for this cycle yet.",
            "এই পর্বের জন্য এখনো পর্যাপ্ত অর্থ ছাড় হয়নি।",
        ),
        _reason(
            "person_paid_otherwise",
            "Another payment of this programme and cycle is made for the same person; an operator looks at it.",
            "একই পর্বে একই ব্যক্তির জন্য এই কর্মসূচির আরেকটি পরিশোধ আছে; একজন পরিচালক তা দেখবেন।",
        ),
        _reason(
            "rate_not_known",
            "The policy has no rate for this class on the first day of the cycle.",
            "পর্বের প্রথম দিনে এই শ্রেণির ভাতার হার নীতিমালায় নেই।",
        ),
        _reason(
            "beyond_provider_limit",
            "The amount is outside what the provider takes as one payment.",
            "পরিমাণটি সেবাদাতার একক পরিশোধের সীমার বাইরে।",
        ),
        _reason(
            "provider_takes_later",
            "The money is set aside; the provider is told when its working hours and its rate allow it.",
            "টাকা আলাদা করে রাখা হয়েছে; সেবাদাতার কর্মঘণ্টা ও নির্ধারিত হার অনুযায়ী তাকে জানানো হবে।",
        ),
        _reason(
            "sent_to_provider",
            "The provider was told to pay.",
            "সেবাদাতাকে টাকা পাঠাতে বলা হয়েছে।",
        ),
        _reason(
            "no_report",
            "The provider has not reported in time and is being asked; it is not told to pay again.",
            "সেবাদাতা সময়মতো জানায়নি; খোঁজ নেওয়া হচ্ছে, নতুন করে টাকা পাঠাতে বলা হয়নি।",
        ),
        _reason(
            "no_answer",
            "The provider does not answer inquiries; an operator takes it up with the provider.",
            "সেবাদাতা খোঁজের উত্তর দিচ্ছে না; একজন পরিচালক বিষয়টি দেখবেন।",
        ),
        _reason(
            "credited",
            "The provider reports that the account has the money.",
            "সেবাদাতা জানিয়েছে যে হিসাবে টাকা জমা হয়েছে।",
        ),
        _reason(
            "sent_again",
            "The money was back for certain, and the provider was told to pay it in a new attempt.",
            "টাকা নিশ্চিতভাবে ফেরত এসেছিল; নতুন করে পরিশোধ করতে সেবাদাতাকে বলা হয়েছে।",
        ),
        _reason(
            "payment_unknown",
            "There is no payment of this id.",
            "এই পরিচয়ের কোনো পরিশোধ নেই।",
            "arguments.payment_id",
        ),
        _reason(
            "not_with_provider",
            "Only a payment whose outcome is open can be cancelled.",
            "যে পরিশোধের ফল এখনো জানা যায়নি শুধু তা-ই বাতিল করা যায়।",
            "arguments.payment_id",
        ),
        _reason(
            "not_back",
            "A new attempt needs the provider's word that the last one failed, was cancelled or came back.",
            "নতুন করে পাঠাতে হলে আগেরটি ব্যর্থ, বাতিল বা ফেরত হয়েছে বলে সেবাদাতার নিশ্চয়তা লাগে।",
            "arguments.payment_id",
        ),
        _reason(
            "not_payable_now",
            "The person is no longer entitled, the cycle is closed, or there is no account that can be paid.",
            "ব্যক্তি এখন ভাতা পাওয়ার যোগ্য নন, পর্বটি বন্ধ, অথবা টাকা পাঠানোর মতো হিসাব নেই।",
            "arguments.payment_id",
        ),
        _reason(
            "correction_not_allowed",
            "A payment in this state cannot be corrected to that one.",
            "এই অবস্থার পরিশোধকে ওই অবস্থায় সংশোধন করা যায় না।",
            "arguments.to",
        ),
        _reason(
            "still_valid",
            "The provider may still carry this attempt out. Cancel it, or wait until it is no longer valid.",
            "সেবাদাতা এখনও এই প্রচেষ্টা কার্যকর করতে পারে। এটি বাতিল করুন, অথবা এর মেয়াদ শেষ হওয়া পর্যন্ত অপেক্ষা করুন।",
            "arguments.to",
        ),
        _reason(
            "proposal_unknown",
            "There is no proposal of this id.",
            "এই পরিচয়ের কোনো প্রস্তাব নেই।",
            "arguments.proposal",
        ),
        _reason(
            "second_person_needed",
            "Somebody else than the person who proposed it has to confirm it.",
            "যিনি প্রস্তাব করেছেন তিনি ছাড়া অন্য কাউকে নিশ্চিত করতে হবে।",
        ),
        _reason(
            "proposal_outdated",
            "The payment has moved since this was proposed; look at it again and propose anew.",
            "প্রস্তাবের পর পরিশোধটির অবস্থা বদলেছে; আবার দেখে নতুন প্রস্তাব দিন।",
            "arguments.proposal",
        ),
        _reason(
            "corrected",
            "Two people have corrected this payment after a reconciliation.",
            "হিসাব মেলানোর পর দুইজন কর্মকর্তা এই পরিশোধ সংশোধন করেছেন।",
        ),
        _reason(
            "credited_not_active",
            "The provider has credited the account, which is not known to be in use: the money has not reached anyone.",
            "হিসাবে টাকা জমা হয়েছে, কিন্তু হিসাবটি চালু আছে বলে জানা যায়নি; টাকা এখনো কারও হাতে পৌঁছায়নি।",
        ),
        _reason(
            "withdrawn",
            "The person has taken the money out; the Government pays the cash-out fee.",
            "টাকা তোলা হয়েছে; উত্তোলনের খরচ সরকার দেয়।",
        ),
        _reason(
            "failed_account",
            "The provider could not pay to this account; the ministry is asked for a corrected one.",
            "এই হিসাবে টাকা দেওয়া যায়নি; মন্ত্রণালয়কে সঠিক হিসাব দিতে বলা হচ্ছে।",
            "payee.account",
        ),
        _reason(
            "cancelling",
            "The provider was told to refuse this payment attempt for ever, and has not confirmed it yet.",
            "সেবাদাতাকে এই পরিশোধ বাতিল করতে বলা হয়েছে; নিশ্চিত করার অপেক্ষা চলছে।",
        ),
        _reason(
            "cancelled",
            "The provider confirms that it will never pay this attempt; the money is back.",
            "সেবাদাতা নিশ্চিত করেছে যে এই পরিশোধ আর হবে না; টাকা ফেরত এসেছে।",
        ),
        _reason(
            "disputed",
            "What is said of this payment contradicts itself; its money is in suspense until two people place it.",
            "এই পরিশোধ নিয়ে পরস্পরবিরোধী তথ্য আছে; দুইজন কর্মকর্তা নিষ্পত্তি না করা পর্যন্ত টাকা অমীমাংসিত হিসাবে আছে।",
        ),
        _reason(
            "failed",
            "The provider reports that it could not pay; the money is back.",
            "সেবাদাতা জানিয়েছে যে টাকা দেওয়া যায়নি; টাকা ফেরত এসেছে।",
        ),
        _reason(
            "returned",
            "The money was credited and came back, as from a wallet that was never activated; a corrected account is "
            "asked for.",
            "টাকা জমা হওয়ার পর ফেরত এসেছে, যেমন চালু না করা হিসাব থেকে; সঠিক হিসাব দিতে বলা হচ্ছে।",
        ),
        _reason(
            "cycle_unknown",
            "No such cycle of this programme is open.",
            "কর্মসূচির এমন কোনো পর্ব খোলা নেই।",
            "arguments.cycle",
        ),
        _reason(
            "cycle_known",
            "This cycle was opened before; a cycle is opened once.",
            "এই পর্বটি আগেই খোলা হয়েছে; একটি পর্ব একবারই খোলা যায়।",
            "arguments.cycle",
        ),
        _reason(
            "days_paid_for",
            "A cycle of this programme, under another name, pays for these days already.",
            "এই কর্মসূচির অন্য নামের একটি পর্ব এই দিনগুলোর জন্য আগেই খোলা হয়েছে।",
            "arguments.starts_on",
        ),
        _reason(
            "another_cycle_open",
            "Another cycle of this programme is open; close it first.",
            "এই কর্মসূচির আরেকটি পর্ব খোলা আছে; আগে সেটি বন্ধ করুন।",
            "arguments.cycle",
        ),
        _reason(
            "programme_unknown",
            "The policy declares no such programme that pays money.",
            "নীতিমালায় অর্থ দেয় এমন কোনো কর্মসূচি এই নামে নেই।",
            "arguments.programme",
        ),
        _reason(
            "frequency_not_known",
            "The policy does not say how often the programme pays on that date.",
            "ওই তারিখে কর্মসূচি কত দিন পরপর টাকা দেয় তা নীতিমালায় নেই।",
            "arguments.starts_on",
        ),
        _reason(
            "order_known_otherwise",
            "An order of this reference is known with another programme, cycle, amount, budget code or date.",
            "এই সূত্রের আদেশ ভিন্ন কর্মসূচি, পর্ব, পরিমাণ, বাজেট কোড বা তারিখে আগেই পাওয়া গেছে।",
            "arguments.order_ref",
        ),
    )
)
"""By code; every code that a transition or a refusal can have is here."""
