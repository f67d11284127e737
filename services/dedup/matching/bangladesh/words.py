"""Words of names that say little: honorifics are dropped, soft words stay out of what is compared (domain.md §7)."""

from typing import Final

from shared.reference.text import tidy

HONORIFICS: Final = frozenset(
    tidy("""
    md mohd mohammad mohammed muhammad muhammed mohamad mohamed mohammod mst most mosa mosammat musammat mossammat
    mosammot mr mrs ms sree sri shri sreemati srimati shrimati shrimoti late haji hazi hajji hajee alhaj alhaz alhajj dr
    janab
    মোঃ মো মোহাঃ মোহা মোহাম্মদ মুহাম্মদ মোহাম্মাদ মুহাম্মাদ মোহাম্মেদ মোছাঃ মোছা মোসাঃ মোসা মোসাম্মৎ মোসাম্মত মোছাম্মৎ মোছাম্মত
    মুসাম্মৎ মৃত মৃতঃ শ্রী শ্রীঃ শ্রীমতি শ্রীমতী হাজী হাজি আলহাজ আলহাজ্ব জনাব ডাঃ ডা
    """).split()
)

SOFT: Final = frozenset(
    tidy("""
    begum begom khatun khatoon akter akhter aktar akhtar bibi khanam khanom banu bano nesa nessa miah mia miya sheikh
    shaikh sk
    বেগম খাতুন আক্তার আখতার আকতার বিবি খানম বানু নেছা নেসা মিয়া মিঞা শেখ
    """).split()
)
"""Words that half the country bears or that clerks add and leave out."""
