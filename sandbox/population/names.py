"""What people and villages of the sandbox are called.

The spellings are what people and clerks write; the registry's own normaliser has never seen these lists, and they
not it.
"""

from sandbox.population.names_men import HILL_MEN, HINDU_MEN, MUSLIM_MEN
from sandbox.population.names_women import HILL_WOMEN, HINDU_WOMEN, MUSLIM_WOMEN
from sandbox.population.tokens import Stock, tokens

STOCKS: dict[tuple[str, str], Stock] = {
    ("1", "M"): MUSLIM_MEN,
    ("1", "F"): MUSLIM_WOMEN,
    ("2", "M"): HINDU_MEN,
    ("2", "F"): HINDU_WOMEN,
    ("3", "M"): HILL_MEN,
    ("3", "F"): HILL_WOMEN,
}
"""By CCDS religion code and sex of birth."""

VILLAGES = tokens("""
    চরপাড়া Charpara
    উত্তরপাড়া Uttarpara
    দক্ষিণপাড়া Dakshinpara
    পশ্চিমপাড়া Paschimpara
    পূর্বপাড়া Purbapara
    মধ্যপাড়া Madhyapara
    নয়াপাড়া Nayapara
    কলাবাগান Kalabagan
    শিমুলতলী Shimultali
    বটতলা Battala
    হাটখোলা Hatkhola
    রামনগর Ramnagar
    গোপালপুর Gopalpur
    ইসলামপুর Islampur
    রসুলপুর Rasulpur
    শ্রীপুর Sreepur
    চাঁদপুর Chandpur
    মাধবপুর Madhabpur
    খালপাড় Khalpar
    নদীরকুল Nadirkul
    বালুচর Baluchar
    কাশিমপুর Kashimpur
    ফুলবাড়ী Phulbari
    মিরপাড়া Mirpara
""")
