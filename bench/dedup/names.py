"""Words of names for the bench: usual spellings in Bangla and English, and others that occur.

Written for this bench from names in everyday use; the registry's normaliser has never seen it. Some names are more
common than others, by their place in the list.
"""

from typing import Final, NamedTuple


class Word(NamedTuple):
    """A word of a name with its spellings in each script, the usual one first."""

    bn: tuple[str, ...]
    en: tuple[str, ...]


def _words(text: str) -> tuple[Word, ...]:
    """Entries ``bn[/bn…] en[/en…]``, parted by semicolons."""
    found = []
    for entry in text.replace("\n", " ").split(";"):
        if entry.strip():
            bn, en = entry.split()
            found.append(Word(tuple(bn.split("/")), tuple(en.split("/"))))
    return tuple(found)


MEN: Final = _words("""
    আব্দুল/আবদুল Abdul/Abdool; রহিম/রহীম Rahim/Raheem; করিম/করীম Karim/Kareem;
    জাহাঙ্গীর/জাহাঙ্গির Jahangir/Jahangeer; আনোয়ার/আনওয়ার Anwar/Anowar;
    শফিকুল Shafiqul/Shofiqul/Safiqul; রফিকুল Rafiqul/Rofiqul; নজরুল Nazrul/Nozrul; কামাল Kamal;
    জামাল Jamal/Zamal; হারুন Harun/Haroon; মামুন Mamun/Mamoon; সোহেল Sohel/Shohel;
    রাসেল Rasel/Russel; শাহীন/শাহিন Shahin/Shaheen; মাসুদ Masud/Masood; ফারুক Faruk/Farooq/Faruq;
    ইব্রাহিম/ইবরাহীম Ibrahim/Ebrahim; ইসমাইল Ismail/Esmail; ইউসুফ Yusuf/Yousuf;
    মোস্তফা Mostafa/Mustafa; আজিজ Aziz/Ajij; হাফিজ Hafiz/Hafij; নুরুল/নূরুল Nurul/Noorul;
    আকবর Akbar/Akbor; আলতাফ Altaf; আশরাফ Ashraf/Asraf; সাত্তার Sattar/Satter; গফুর Gofur/Gafur;
    জব্বার Jabbar/Jobbar; মতিন Matin/Motin; হান্নান Hannan; মান্নান Mannan; খালেক Khalek/Khaleque;
    মালেক Malek/Malik; বারেক Barek; কাদের Kader/Quader; ছালাম/সালাম Salam/Salaam; কালাম Kalam;
    হাকিম Hakim/Hakeem; রশিদ/রশীদ Rashid/Rasheed; সামাদ Samad; লতিফ Latif/Lotif;
    মজিদ/মজীদ Majid/Mojid; ওয়াহাব Wahab/Ohab; রউফ Rouf/Rauf; আলম Alam; বাবুল Babul;
    বাদল Badal/Badol; দুলাল Dulal; হেলাল Helal; বেলাল Belal/Billal; জালাল Jalal;
    জয়নাল Joynal/Zainal; আবুল Abul; কাশেম Kashem/Kasem; হাশেম Hashem/Hasem; মকবুল Makbul/Moqbul;
    মফিজ Mofiz/Mafiz; তমিজ Tomiz/Tamiz; রমজান Ramjan/Ramzan; শাহজাহান Shahjahan/Sahjahan;
    আলমগীর/আলমগির Alamgir/Alomgir; তৈয়ব Tayeb/Toyob; আইয়ুব Ayub/Aiyub; ইদ্রিস Idris/Edris;
    ইলিয়াস Ilias/Elias; ইয়াকুব Yakub/Eakub; মুসা Musa/Moosa; ঈসা Isa/Esa; জাকির Zakir/Jakir;
    সাকিব Sakib/Shakib; রাকিব Rakib/Rokib; নাঈম/নাইম Naim/Nayeem; সেলিম Selim/Salim;
    শামীম/শামিম Shamim/Shameem; তারেক Tareq/Tarek; আরিফ Arif/Areef; শরিফ/শরীফ Sharif/Shorif;
    লিটন Liton/Litan; মিলন Milon/Milan; রিপন Ripon; স্বপন Swapan/Shopon; তপন Tapan/Topon;
    সুজন Sujan/Sujon; সুমন Suman/Sumon; রুবেল Rubel; জুয়েল Jewel/Juel; সোহাগ Sohag/Shohag;
    মনির Monir/Munir; কবির/কবীর Kabir/Kobir; জসিম/জসীম Jasim/Josim; নাসির Nasir/Naser;
    বশির/বশীর Bashir/Boshir; সিরাজ Siraj/Seraj; তাজুল Tajul; আমিনুল Aminul; সাইফুল Saiful/Shaiful;
    জহিরুল Zahirul/Johirul; মনিরুল Monirul/Munirul; আতাউর Ataur; মতিউর Matiur/Motiur;
    হাবিবুর Habibur/Hobibur; মজিবুর/মজিবর Mojibur/Mujibur; লুৎফর/লুৎফুর Lutfor/Lutfur;
    শহিদুল/শহীদুল Shahidul/Shohidul; তোফাজ্জল Tofazzal/Tofajjal; মোজাম্মেল Mozammel/Mojammel;
    দেলোয়ার/দেলওয়ার Delwar/Delowar; সোলায়মান Solaiman/Sulaiman; খোরশেদ Khorshed/Khurshid;
    মোতালেব Motaleb/Motalib; আফজাল Afzal/Afjal; আজগর Azgar/Ajgor; আসাদ Asad; ফজলু Fazlu/Fojlu;
    ফয়েজ Foyez/Faiz; গিয়াস Gias/Giyas; হামিদ Hamid; জিল্লুর Zillur/Jillur;
    কুদ্দুস Kuddus/Quddus; মাহবুব Mahbub/Mahabub; মাহফুজ Mahfuz/Mahfuj; মঈন Moin/Main;
    নওয়াব Nawab/Nowab; ওসমান Osman/Usman; পারভেজ Parvez/Parvej; কামরুল Kamrul/Qamrul;
    বদরুল Badrul/Bodrul; রেজাউল Rezaul/Rejaul; সাদেক Sadek/Sadeq; শাহ Shah/Sah; তোতা Tota;
    উজ্জল Uzzal/Ujjal; ওয়াজেদ Wazed/Wajed; জিয়াউর Ziaur/Jiaur; আবেদ Abed; আমজাদ Amzad/Amjad;
    এনামুল Enamul/Anamul; এরশাদ Ershad/Arshad; গোলাম Golam/Gholam; ইকবাল Iqbal/Ekbal;
    ইমরান Imran/Emran; কায়সার Kaiser/Kaysar; লোকমান Lokman/Lukman; মুরাদ Murad/Morad;
    নিজাম Nizam/Nijam; রাজ্জাক Razzak/Rajjak; রমিজ Romiz/Ramiz; শওকত Shawkat/Showkat; তাহের Taher;
    তুহিন Tuhin
""")

WOMEN: Final = _words("""
    ফাতেমা/ফাতিমা Fatema/Fatima; রহিমা/রহীমা Rahima/Rohima; আমেনা/আমিনা Amena/Amina;
    খাদিজা/খাদিজাহ Khadija/Khadiza; রাবেয়া Rabeya/Rabea; রোকেয়া/রোকিয়া Rokeya/Rokea;
    হালিমা/হালীমা Halima/Haleema; সালেহা/ছালেহা Saleha; জাহানারা Jahanara/Jahanar;
    নূরজাহান/নুরজাহান Nurjahan/Noorjahan; শাহিদা/শাহীদা Shahida/Sahida;
    মরিয়ম/মরিয়াম Mariam/Moriom; আয়েশা/আয়শা Ayesha/Aysha; কুলসুম Kulsum/Kulsom;
    হাজেরা/হাজিরা Hazera/Hajera; জোবেদা Jobeda/Zobeda; সুফিয়া/সুফিআ Sufia/Sufiya;
    রাশেদা/রাশিদা Rasheda/Rashida; মাজেদা/মাজিদা Majeda/Mazeda; নাসিমা/নাছিমা Nasima/Naseema;
    সেলিনা Selina/Salina; শিরিন/শিরীন Shirin/Shireen; পারুল Parul; লাইলী/লাইলি Laili/Laily;
    বুলবুলি Bulbuli; মনোয়ারা Monowara/Monoara; আনোয়ারা Anowara/Anwara;
    দেলোয়ারা Delowara/Delwara; ছকিনা/সখিনা Sokina/Sakhina; জরিনা/জরীনা Jorina/Zarina;
    করিমন Karimon/Koriman; ফুলজান Fuljan; ফিরোজা Firoza/Feroza; হাসিনা Hasina;
    রওশন Rowshan/Roushan; সাজেদা Sajeda/Sazeda; মমতাজ Momtaz/Mamtaz;
    শামসুন্নাহার Shamsunnahar/Samsunnahar; নাজমা Nazma/Najma; সালমা/ছালমা Salma; আসমা Asma;
    রেহানা/রেহেনা Rehana; শাহানা Shahana/Sahana; ফরিদা/ফরীদা Farida/Forida; হামিদা Hamida;
    জামিলা Jamila; রাহেলা Rahela; মালেকা Maleka; খালেদা Khaleda/Khalida; সাহেরা Sahera;
    জোহরা Johra/Zohra; আছিয়া/আসিয়া Asia/Achia; মাহমুদা Mahmuda; শেফালী/শেফালি Shefali/Sefali;
    মিনারা Minara; রিনা/রীনা Rina/Reena; মিনা/মীনা Mina/Meena; হেনা Hena; লতা Lata/Lota;
    বিউটি Beauty/Bewty; পপি Popy/Popi; ডলি/ডলী Doly/Dolly; শিল্পী/শিল্পি Shilpi/Silpi; সুমি Sumi;
    রুমা Ruma; ঝর্ণা/ঝর্না Jharna/Jhorna; স্বপ্না Swapna/Shopna; কল্পনা Kalpana/Kolpona;
    আলেয়া Aleya/Alea; জাহেদা Jaheda/Zaheda; তাহেরা Tahera; কহিনুর/কোহিনুর Kohinur/Kohinoor;
    নিলুফা/নীলুফা Nilufa; ইয়াসমিন/ইয়াছমিন Yasmin/Easmin; তাসলিমা/তাছলিমা Taslima/Toslima;
    মাকসুদা/মাকছুদা Maksuda/Moksuda; মুর্শিদা Murshida/Morshida; শাহনাজ Shahnaz/Sahnaj;
    গুলশান Gulshan; হোসনে Hosne/Husne; বিলকিস Bilkis/Bilkish; জান্নাত Jannat/Zannat;
    সুরাইয়া Suraiya/Soraya; ছবি Chobi/Sobi; আঙ্গুরা/আঙ্গুরি Angura/Anguri; কমলা Komola/Kamala;
    গোলাপী/গোলাপি Golapi; চম্পা Champa; জবেদা Jabeda/Zabeda; জমিলা Jomila; টুনি Tuni;
    ডালিয়া Dalia; তারা Tara; দৌলতুন Dowlatun/Doulatun; নবিরন Nobiron/Nabiran;
    নাজনীন/নাজনিন Nazneen/Najnin; পেয়ারা Peyara/Pyara; ফজিলা/ফজিলাতুন Fazila/Fojila;
    বাছিরন/বাসিরন Basiron; বেদেনা Bedena/Bedana; ভানু Bhanu/Vanu; মেহেরুন Meherun/Meherunn;
    মোমেনা Momena/Mumena; ময়না Moyna/Mayna; রাজিয়া Razia/Rajia; রমিছা/রমিসা Romisa/Ramisa;
    রূপবান Rupban/Rupvan; লাকী/লাকি Lucky/Laki; লুৎফা Lutfa; শরিফা/শরীফা Sharifa/Shorifa;
    শান্তি Shanti/Santi; সাবিনা Sabina; সাহিদা Sahida; সুফিয়ান Sufian; সোনাভান Sonabhan/Sonavan;
    হনুফা Hanufa/Honufa; হাওয়া Hawa/Howa; হাসনা Hasna; আকলিমা Aklima; আফরোজা Afroza/Afroja;
    আম্বিয়া Ambia; উম্মে Umme/Omme; এলাচি Elachi; কাঞ্চন Kanchan/Kanchon; কদবানু Kadbanu/Kodbanu;
    খোদেজা Khodeja/Khodeza; গুলেনুর Gulenur/Golenur; জুলেখা/জুলেখাহ Julekha/Zulekha;
    জয়নব Joynob/Zainab; তফুরন Tofuron; দিলরুবা Dilruba; নার্গিস/নারগিস Nargis/Nargish;
    নুরুন্নাহার/নূরুন্নাহার Nurunnahar/Noorunnahar
""")

LAST_MEN: Final = _words("""
    ইসলাম Islam; হোসেন/হোসাইন Hossain/Hossen/Hosen; রহমান Rahman/Rohman;
    উদ্দিন/উদ্দীন Uddin/Uddeen; আলী/আলি Ali/Aly; মিয়া/মিঞা Mia/Miah; হক Haque/Hoque/Hok;
    আহমেদ/আহম্মেদ Ahmed/Ahmmed; খান Khan; সরকার Sarkar/Sarker; মোল্লা/মোল্যা Molla/Mollah;
    শেখ Sheikh/Shaikh; তালুকদার Talukdar/Talukder; প্রামানিক/প্রামাণিক Pramanik/Paramanik;
    হাওলাদার Howlader/Hawladar; ফকির/ফকীর Fakir/Fokir; বেপারী/ব্যাপারী Bepari/Byapari;
    মণ্ডল/মন্ডল Mondal/Mandal; সরদার Sardar/Sarder; গাজী/গাজি Gazi/Gaji;
    চৌধুরী/চৌধুরি Chowdhury/Choudhury; ভূঁইয়া/ভুঁইয়া Bhuiyan/Bhuiya;
    শিকদার/সিকদার Sikder/Shikdar; আকন্দ/আকন্দো Akand/Akanda; দেওয়ান Dewan/Deowan;
    মৃধা Mridha/Mirdha; কাজী/কাজি Kazi/Kaji; মুন্সী/মুন্সি Munshi/Monshi;
    পাটোয়ারী/পাটওয়ারী Patwary/Patowary; মাতুব্বর/মাতব্বর Matubbar/Matubber;
    খন্দকার/খোন্দকার Khandaker/Khondokar; সিদ্দিক/সিদ্দিকী Siddique/Siddik;
    মজুমদার Majumder/Mojumdar; হালদার Halder/Haldar; বিশ্বাস Biswas; সাহা Saha; দাস Das;
    রায় Roy/Ray
""")

SOFT_WOMEN: Final = _words("""
    বেগম Begum/Begom; খাতুন Khatun/Khatoon; আক্তার/আকতার Akter/Akhter/Aktar; বিবি Bibi;
    খানম Khanam/Khanom; বানু Banu; নেছা/নেসা Nesa/Nessa
""")
LAST_WOMEN: Final = _words("""
    সুলতানা Sultana; পারভীন/পারভিন Parvin/Parveen; আরা Ara; রানী/রাণী Rani; জাহান Jahan;
    ফেরদৌসী/ফেরদৌসি Ferdousi/Ferdoushi; নাহার Nahar; বালা Bala; সরকার Sarkar/Sarker; দাস Das;
    মণ্ডল/মন্ডল Mondal/Mandal
""")
MD: Final = Word(("মোঃ", "মো:", "মোহাম্মদ", "মুহাম্মদ", "মোহাঃ"), ("Md.", "Md", "Mohammad", "Mohammed", "MD"))
MST: Final = Word(("মোছাঃ", "মোছা:", "মোসাঃ", "মোসাম্মৎ"), ("Mst.", "Most.", "Mosammat", "Mst"))
LATE: Final = Word(("মৃত", "মৃতঃ"), ("Late", "Late."))

TWIN_MEN: Final = _words("""
    হাসান/হাছান Hasan/Hassan; হোসেন/হোসাইন Hossain/Hosen; রহিম Rahim; করিম Karim;
    সুমন Suman/Sumon; সুজন Sujan/Sujon; রাজু Raju; সাজু Saju/Shaju; আনিস/আনিছ Anis; আনাস Anas;
    শামীম/শামিম Shamim; শাহীন/শাহিন Shahin; জামাল Jamal; কামাল Kamal; মিলন Milon; লিটন Liton;
    নয়ন Nayan/Noyon; নয়ম Nayem/Noyem; আরিফ Arif; শরিফ Sharif
""")
TWIN_WOMEN: Final = _words("""
    লাইলী/লাইলি Laili/Laily; লিলি/লিলী Lili/Lily; রিনা/রীনা Rina/Reena; মিনা/মীনা Mina/Meena;
    হাসি Hasi; খুশি Khushi; শিলা/শীলা Shila; শিখা Shikha; রুমা Ruma; ঝুমা Jhuma;
    সীমা/সিমা Sima/Seema; রীমা/রিমা Rima/Reema; সালমা Salma; সেলিমা Selima; আসমা Asma;
    হাসনা Hasna; নিপা Nipa; দীপা/দিপা Dipa/Deepa; রুনা Runa; লুনা Luna
""")
"""Names that parents give to twins, two and two."""
