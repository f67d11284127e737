"""Every fault code of intake with its sentence in English and Bangla; ``{field}`` becomes the field in words.

A sentence says what is wrong and what to do about it, to somebody who has the paper form in hand. Codes are part of
the contract with the sources: a sentence may be bettered, a code never changes its meaning.
"""

from typing import Final

from shared.reference.ccds import Label

TEXTS: Final[dict[str, Label]] = {
    # Any field
    "missing": Label("{field} is missing.", "{field} দেওয়া হয়নি।"),
    "wrong_type": Label(
        "{field} has the wrong kind of value: send it as the form's description says.",
        "{field} সঠিক ধরনে দেওয়া হয়নি; ফরমের বর্ণনা অনুযায়ী পাঠান।",
    ),
    "forbidden_character": Label(
        "{field} holds a character that cannot be read; type it again.",
        "{field}-এ অপাঠ্য অক্ষর আছে; আবার টাইপ করুন।",
    ),
    "too_long": Label("{field} is too long; shorten it.", "{field} বেশি দীর্ঘ; সংক্ষিপ্ত করুন।"),
    "too_many": Label("{field}: more entries than a form may have.", "{field}: ফরমের অনুমোদিত সংখ্যার চেয়ে বেশি।"),
    "code_unknown": Label("{field}: this code is not on the CCDS list.", "{field}: কোডটি সিসিডিএস তালিকায় নেই।"),
    "choice_unknown": Label("{field}: this is none of the form's choices.", "{field}: এটি ফরমের বিকল্পগুলোর মধ্যে নেই।"),
    "not_yes_or_no": Label(
        "{field} must be answered yes or no (true or false).",
        "{field}: হ্যাঁ বা না (true বা false) উত্তর দিতে হবে।",
    ),
    "not_whole_number": Label("{field} must be a whole number, in digits only.", "{field}: শুধু অঙ্কে পূর্ণ সংখ্যা দিতে হবে।"),
    "number_out_of_range": Label(
        "{field}: this number cannot be right; check it.", "{field}: সংখ্যাটি সঠিক হতে পারে না; যাচাই করুন।"
    ),
    "date_format": Label(
        "{field} is not a date: write year-month-day, for example 1958-03-26.",
        "{field} সঠিক তারিখ নয়: বছর-মাস-দিন এভাবে লিখুন, যেমন ১৯৫৮-০৩-২৬।",
    ),
    "date_in_future": Label("{field} lies in the future.", "{field} ভবিষ্যতের তারিখ।"),
    "date_before_1900": Label("{field} lies before 1900; check the year.", "{field} ১৯০০ সালের আগের; সালটি যাচাই করুন।"),
    # Reference, programme, consent
    "personal_source_ref": Label(
        "The reference is the applicant's own national id, birth registration or mobile number. "
        "Send a reference of your own that says nothing of the person.",
        "রেফারেন্সটি আবেদনকারীর নিজের জাতীয় পরিচয়পত্র, জন্ম নিবন্ধন বা মোবাইল নম্বর। ব্যক্তির তথ্য নেই এমন নিজস্ব রেফারেন্স পাঠান।",
    ),
    "programme_unknown": Label("No programme has this code.", "এই কোডে কোনো কর্মসূচি নেই।"),
    "programme_closed": Label("This programme does not take applications here.", "এই কর্মসূচিতে এখানে আবেদন নেওয়া হচ্ছে না।"),
    "programme_not_of_source": Label(
        "Your office may not send applications for this programme.",
        "এই কর্মসূচির আবেদন পাঠানোর অনুমতি আপনার দপ্তরের নেই।",
    ),
    "consent_refused": Label(
        "The applicant has not agreed that the data are kept and compared; without consent nothing can be done.",
        "তথ্য সংরক্ষণ ও মিলিয়ে দেখায় আবেদনকারী সম্মতি দেননি; সম্মতি ছাড়া আবেদন গ্রহণ করা যায় না।",
    ),
    # Names
    "name_not_bangla": Label("{field} must be written in Bangla letters.", "{field} বাংলা অক্ষরে লিখতে হবে।"),
    "name_not_latin": Label("{field} must be written in English letters.", "{field} ইংরেজি অক্ষরে লিখতে হবে।"),
    # Numbers of persons
    "national_id_characters": Label("{field} may hold digits only.", "{field}-এ শুধু অঙ্ক থাকতে পারে।"),
    "national_id_length": Label("{field} must have 10, 13 or 17 digits.", "{field} ১০, ১৩ বা ১৭ অঙ্কের হতে হবে।"),
    "national_id_placeholder": Label(
        "{field} is one digit repeated; enter the number on the card.",
        "{field}-এ একই অঙ্ক বারবার দেওয়া হয়েছে; কার্ডের নম্বরটি লিখুন।",
    ),
    "national_id_district": Label(
        "{field} names no district; compare it with the card.",
        "{field}-এর জেলা কোড সঠিক নয়; কার্ডের সঙ্গে মিলিয়ে দেখুন।",
    ),
    "national_id_rmo": Label(
        "{field}: the third digit of the 13 (kind of area) is not 1, 2, 3, 4, 5 or 9; compare it with the card.",
        "{field}: ১৩ অঙ্কের তৃতীয়টি (এলাকার ধরন) ১, ২, ৩, ৪, ৫ বা ৯ নয়; কার্ডের সঙ্গে মিলিয়ে দেখুন।",
    ),
    "national_id_birth_year": Label(
        "{field}: the first four of 17 digits are not a birth year; compare it with the card.",
        "{field}: ১৭ অঙ্কের প্রথম চারটি জন্মসাল নয়; কার্ডের সঙ্গে মিলিয়ে দেখুন।",
    ),
    "birth_registration_characters": Label("{field} may hold digits only.", "{field}-এ শুধু অঙ্ক থাকতে পারে।"),
    "birth_registration_length": Label(
        "{field} must have 17 digits (16 on old handwritten certificates).",
        "{field} ১৭ অঙ্কের হতে হবে (পুরোনো হাতে লেখা সনদে ১৬)।",
    ),
    "birth_registration_placeholder": Label(
        "{field} is one digit repeated; enter the number on the certificate.",
        "{field}-এ একই অঙ্ক বারবার দেওয়া হয়েছে; সনদের নম্বরটি লিখুন।",
    ),
    "guardian_national_id_missing": Label(
        "With a birth registration number instead of a national id, "
        "the national id of the mother, the father or the guardian who is paid is needed.",
        "জাতীয় পরিচয়পত্রের বদলে জন্ম নিবন্ধন নম্বর দিলে মাতা, পিতা বা অর্থ গ্রহণকারী অভিভাবকের জাতীয় পরিচয়পত্র নম্বর দিতে হবে।",
    ),
    "mobile_format": Label(
        "{field} is not a mobile number: 11 digits, the first three 013 to 019.",
        "{field} সঠিক মোবাইল নম্বর নয়: ১১ অঙ্ক, শুরু ০১৩ থেকে ০১৯।",
    ),
    # Places
    "nationality_format": Label(
        "{field} must be a country code of three digits; Bangladesh is 050.",
        "{field} তিন অঙ্কের দেশ কোড হতে হবে; বাংলাদেশের কোড ০৫০।",
    ),
    "country_not_bangladesh": Label("{field} must be 050, Bangladesh.", "{field} অবশ্যই ০৫০ (বাংলাদেশ) হতে হবে।"),
    "area_code_format": Label(
        "{field} must be the BBS code of two digits, leading zero included.",
        "{field} বিবিএসের দুই অঙ্কের কোড হতে হবে, শুরুর শূন্যসহ।",
    ),
    "division_unknown": Label("{field}: no division has this code.", "{field}: এই কোডে কোনো বিভাগ নেই।"),
    "district_unknown": Label("{field}: no district has this code.", "{field}: এই কোডে কোনো জেলা নেই।"),
    "district_not_in_division": Label(
        "{field}: this district is not in the division given.", "{field}: জেলাটি উল্লিখিত বিভাগে নয়।"
    ),
    "birth_place_unknown": Label(
        "{field} must be the four-digit BBS code of division and district.",
        "{field} বিবিএসের বিভাগ ও জেলার চার অঙ্কের কোড হতে হবে।",
    ),
    # Household
    "roster_without_self": Label(
        "The applicant is not in the list of household members (relation: self).",
        "পরিবারের সদস্য তালিকায় আবেদনকারী নিজে (সম্পর্ক: self) নেই।",
    ),
    "roster_more_than_one_self": Label(
        "More than one household member is entered as the applicant (relation: self).",
        "একাধিক সদস্যকে আবেদনকারী (সম্পর্ক: self) হিসেবে লেখা হয়েছে।",
    ),
    "self_member_differs": Label(
        "{field} differs from what the form says of the applicant.",
        "{field} আবেদনকারীর অংশে দেওয়া তথ্যের সঙ্গে মেলে না।",
    ),
    # Payee
    "provider_unknown": Label(
        "{field}: no payment provider has this code.", "{field}: এই কোডে কোনো অর্থ প্রদানকারী প্রতিষ্ঠান নেই।"
    ),
    "account_not_mobile": Label(
        "{field}: an account with this provider is a mobile number of 11 digits.",
        "{field}: এই প্রতিষ্ঠানের হিসাব নম্বর ১১ অঙ্কের মোবাইল নম্বর।",
    ),
    "account_not_mobile_with_check_digit": Label(
        "{field}: an account with this provider is a mobile number and one more digit, 12 in all.",
        "{field}: এই প্রতিষ্ঠানের হিসাব নম্বর মোবাইল নম্বর ও আরও একটি অঙ্ক, মোট ১২ অঙ্ক।",
    ),
    "account_characters": Label("{field} may hold digits only.", "{field}-এ শুধু অঙ্ক থাকতে পারে।"),
    "account_length": Label(
        "{field} does not have as many digits as this bank's accounts have.",
        "{field}-এর অঙ্কের সংখ্যা এই ব্যাংকের হিসাব নম্বরের মতো নয়।",
    ),
    "routing_number_format": Label("{field} must have nine digits.", "{field} নয় অঙ্কের হতে হবে।"),
    "routing_number_check_digit": Label(
        "{field} is mistyped: its check digit does not fit.", "{field} ভুল লেখা হয়েছে: যাচাই অঙ্ক মেলে না।"
    ),
    "payee_kind_not_allowed": Label(
        "{field}: this programme does not pay to a person of this kind.",
        "{field}: এই কর্মসূচিতে এ ধরনের ব্যক্তিকে অর্থ দেওয়া হয় না।",
    ),
    "payee_is_not_applicant": Label(
        "{field}: the account is given as the applicant's own, but the holder's national id is another person's.",
        "{field}: হিসাবটি আবেদনকারীর নিজের বলা হয়েছে, কিন্তু হিসাবধারীর জাতীয় পরিচয়পত্র অন্য ব্যক্তির।",
    ),
    "payee_is_applicant": Label(
        "{field}: a guardian or nominee is named, but the national id is the applicant's own.",
        "{field}: অভিভাবক বা মনোনীত ব্যক্তির কথা বলা হয়েছে, কিন্তু জাতীয় পরিচয়পত্রটি আবেদনকারীর নিজের।",
    ),
    # Declarations
    "benefit_unknown": Label("{field}: no programme has this code.", "{field}: এই কোডে কোনো কর্মসূচি নেই।"),
}
