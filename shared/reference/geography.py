"""Divisions and districts of the Bangladesh Bureau of Statistics (BBS), by code.

Codes and English names are those of domain.md §2; the Bangla names are the official ones. Below the district
no list is shipped: an upazila, union or ward code is checked to be two digits and nothing more.
"""

from typing import NamedTuple


class Area(NamedTuple):
    """A division (two digits) or a district (four: division and district) with its names."""

    code: str
    name_en: str
    name_bn: str


DIVISIONS: dict[str, Area] = {
    area.code: area
    for area in (
        Area("10", "Barishal", "বরিশাল"),
        Area("20", "Chattogram", "চট্টগ্রাম"),
        Area("30", "Dhaka", "ঢাকা"),
        Area("40", "Khulna", "খুলনা"),
        Area("45", "Mymensingh", "ময়মনসিংহ"),
        Area("50", "Rajshahi", "রাজশাহী"),
        Area("55", "Rangpur", "রংপুর"),
        Area("60", "Sylhet", "সিলেট"),
    )
}

DISTRICTS: dict[str, Area] = {
    area.code: area
    for area in (
        Area("1004", "Barguna", "বরগুনা"),
        Area("1006", "Barishal", "বরিশাল"),
        Area("1009", "Bhola", "ভোলা"),
        Area("1042", "Jhalokathi", "ঝালকাঠি"),
        Area("1078", "Patuakhali", "পটুয়াখালী"),
        Area("1079", "Pirojpur", "পিরোজপুর"),
        Area("2003", "Bandarban", "বান্দরবান"),
        Area("2012", "Brahmanbaria", "ব্রাহ্মণবাড়িয়া"),
        Area("2013", "Chandpur", "চাঁদপুর"),
        Area("2015", "Chattogram", "চট্টগ্রাম"),
        Area("2019", "Cumilla", "কুমিল্লা"),
        Area("2022", "Cox's Bazar", "কক্সবাজার"),
        Area("2030", "Feni", "ফেনী"),
        Area("2046", "Khagrachari", "খাগড়াছড়ি"),
        Area("2051", "Lakshmipur", "লক্ষ্মীপুর"),
        Area("2075", "Noakhali", "নোয়াখালী"),
        Area("2084", "Rangamati", "রাঙ্গামাটি"),
        Area("3026", "Dhaka", "ঢাকা"),
        Area("3029", "Faridpur", "ফরিদপুর"),
        Area("3033", "Gazipur", "গাজীপুর"),
        Area("3035", "Gopalganj", "গোপালগঞ্জ"),
        Area("3048", "Kishoreganj", "কিশোরগঞ্জ"),
        Area("3054", "Madaripur", "মাদারীপুর"),
        Area("3056", "Manikganj", "মানিকগঞ্জ"),
        Area("3059", "Munshiganj", "মুন্সীগঞ্জ"),
        Area("3067", "Narayanganj", "নারায়ণগঞ্জ"),
        Area("3068", "Narsingdi", "নরসিংদী"),
        Area("3082", "Rajbari", "রাজবাড়ী"),
        Area("3086", "Shariatpur", "শরীয়তপুর"),
        Area("3093", "Tangail", "টাঙ্গাইল"),
        Area("4001", "Bagerhat", "বাগেরহাট"),
        Area("4018", "Chuadanga", "চুয়াডাঙ্গা"),
        Area("4041", "Jashore", "যশোর"),
        Area("4044", "Jhenaidah", "ঝিনাইদহ"),
        Area("4047", "Khulna", "খুলনা"),
        Area("4050", "Kushtia", "কুষ্টিয়া"),
        Area("4055", "Magura", "মাগুরা"),
        Area("4057", "Meherpur", "মেহেরপুর"),
        Area("4065", "Narail", "নড়াইল"),
        Area("4087", "Satkhira", "সাতক্ষীরা"),
        Area("4539", "Jamalpur", "জামালপুর"),
        Area("4561", "Mymensingh", "ময়মনসিংহ"),
        Area("4572", "Netrakona", "নেত্রকোণা"),
        Area("4589", "Sherpur", "শেরপুর"),
        Area("5010", "Bogura", "বগুড়া"),
        Area("5038", "Joypurhat", "জয়পুরহাট"),
        Area("5064", "Naogaon", "নওগাঁ"),
        Area("5069", "Natore", "নাটোর"),
        Area("5070", "Chapainawabganj", "চাঁপাইনবাবগঞ্জ"),
        Area("5076", "Pabna", "পাবনা"),
        Area("5081", "Rajshahi", "রাজশাহী"),
        Area("5088", "Sirajganj", "সিরাজগঞ্জ"),
        Area("5527", "Dinajpur", "দিনাজপুর"),
        Area("5532", "Gaibandha", "গাইবান্ধা"),
        Area("5549", "Kurigram", "কুড়িগ্রাম"),
        Area("5552", "Lalmonirhat", "লালমনিরহাট"),
        Area("5573", "Nilphamari", "নীলফামারী"),
        Area("5577", "Panchagarh", "পঞ্চগড়"),
        Area("5585", "Rangpur", "রংপুর"),
        Area("5594", "Thakurgaon", "ঠাকুরগাঁও"),
        Area("6036", "Habiganj", "হবিগঞ্জ"),
        Area("6058", "Maulvibazar", "মৌলভীবাজার"),
        Area("6090", "Sunamganj", "সুনামগঞ্জ"),
        Area("6091", "Sylhet", "সিলেট"),
    )
}

DISTRICT_DIGITS: frozenset[str] = frozenset(code[2:] for code in DISTRICTS)
"""The district's own two digits, as a 13-digit national id begins with them: unique in the country."""
