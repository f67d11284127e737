"""Names of women, by community.

Written for this sandbox from names in everyday use; the frequencies are made up.
"""

from sandbox.population.names_men import HILL_MEN
from sandbox.population.tokens import MST, SREEMATI, Stock, Token, pairs, tokens

MUSLIM_WOMEN = Stock(
    (MST, MST, Token("বেগম", "Begum", ("Begom",))),
    tokens("""
        রহিমা Rahima/Rohima
        করিমা Karima
        ফাতেমা Fatema/Fatima
        আয়েশা Ayesha/Aisha;আয়শা
        খাদিজা Khadija/Khodeja
        আমেনা Amena/Amina;আমিনা
        হালিমা Halima/Holima
        জাহানারা Jahanara/Zahanara
        নূরজাহান Nurjahan/Noorjahan;নুরজাহান
        রোকেয়া Rokeya/Rokeia
        সালেহা Saleha/Chaleha;ছালেহা
        সুফিয়া Sufia/Sofia
        মরিয়ম Mariam/Moriom
        হাসিনা Hasina
        শাহিদা Shahida/Sahida;শাহীদা
        রাবেয়া Rabeya/Rabia
        মাজেদা Majeda/Mazeda
        মনোয়ারা Monowara/Manoara
        আনোয়ারা Anowara/Anwara
        দেলোয়ারা Delowara/Delwara
        ফিরোজা Firoza/Feroza
        নাজমা Najma/Nazma
        সালমা Salma
        আসমা Asma
        শিরিন Shirin/Sirin;শিরীন
        পারভীন Parvin/Parveen;পারভিন
        রেহানা Rehana/Rihana
        সুলতানা Sultana
        শামসুন Shamsun/Samsun
        লাইলী Laili/Lailee;লায়লী
        মমতাজ Momtaz/Mumtaj
        বিলকিস Bilkis/Bilkish
        জোহরা Johra/Zohra
        জরিনা Jorina/Zarina
        সখিনা Sokhina/Sakina;ছকিনা
        তহমিনা Tahmina/Tohmina;তাহমিনা
        ইয়াসমিন Yasmin/Easmin
        নাসিমা Nasima
        সেলিনা Selina/Salina
        মাহমুদা Mahmuda
        হাজেরা Hazera/Hajera
        মোমেনা Momena
        কুলসুম Kulsum/Kulsom
        জুলেখা Julekha/Zulekha
        শেফালী Shefali/Sefali;শেফালি
        শিউলি Sheuli/Shiuli;শিউলী
        কোহিনুর Kohinur/Kohinoor
        রওশন Rowshan/Roushan
        সাজেদা Sajeda/Shajeda
        ময়না Moyna/Mayna
        রাশেদা Rasheda/Rashida
        পেয়ারা Peara/Piyara
        নুরুন Nurun/Noorun
        আলেয়া Aleya/Alea
        ছবুরা Sobura/Chobura
        মালেকা Maleka
        হনুফা Honufa/Hanufa
        জমিলা Jamila/Jomila
        রূপবান Rupban;রুপবান
        সাবিনা Sabina/Shabina
        লিপি Lipi
        রুমা Ruma
        শারমিন Sharmin/Sarmin
        মুক্তা Mukta/Mokta
        তাসলিমা Taslima/Toslima
        ফরিদা Farida/Forida
        জেসমিন Jesmin/Jasmin
        রিনা Rina/Reena;রীনা
        মিনারা Minara
        শাহানাজ Shahanaz/Sahanaj
    """),
    tokens("""
        বেগম Begum/Begom
        খাতুন Khatun/Khatoon
        আক্তার Akter/Akhter/Aktar;আখতার
        বিবি Bibi
        খানম Khanam/Khanom
        বানু Banu/Bano
        নেছা Nesa/Nessa;নেসা
        সুলতানা Sultana
        পারভীন Parvin/Parveen;পারভিন
        আরা Ara
    """),
    pairs("""
        লাইলী Laili
        লিলি Lili
        রিনা Rina
        মিনা Mina
        হাসি Hasi
        খুশি Khushi
        শিলা Shila
        শিখা Shikha
        রুমা Ruma
        ঝুমা Jhuma
    """),
)

HINDU_WOMEN = Stock(
    (SREEMATI,),
    tokens("""
        লক্ষ্মী Lakshmi/Laxmi;লক্ষী
        সরস্বতী Saraswati/Swarasati
        গীতা Gita/Geeta
        সীতা Sita/Seeta
        মালতী Malati/Maloti
        শেফালী Shefali/Sefali
        সন্ধ্যা Sandhya/Sondha
        আরতি Arati/Aroti
        প্রতিমা Pratima/Protima
        কল্পনা Kalpana/Kolpona
        মিনতি Minati/Minoti
        শোভা Shova/Sova
        পুষ্প Pushpa/Puspo
        রাধা Radha
        যমুনা Jamuna/Yamuna
        গঙ্গা Ganga/Gonga
        ঊষা Usha/Usa;উষা
        বাসন্তী Basanti/Bashonti
        অঞ্জলি Anjali/Onjoli
        শান্তি Shanti/Santi
    """),
    tokens("""
        রানী Rani/Ranee;রাণী
        দাস Das/Dash
        রায় Roy/Ray
        বালা Bala
        দেবী Devi/Debi
        মণ্ডল Mondal/Mandal;মন্ডল
        পাল Pal/Paul
    """),
    pairs("""
        গীতা Gita
        সীতা Sita
        মিনতি Minati
        প্রণতি Pranati
        রূপা Rupa
        রেখা Rekha
    """),
)

HILL_WOMEN = Stock(
    (),
    tokens("""
        মেনু Menu/Me-Nu
        ক্রাঞো Kranyo/Kranio
        উমেচিং Umeching/U-Me-Ching
        হ্লামে Hlame/Hla-Me
        চিংমে Chingme/Ching-Me
        মাসাং Masang/Ma-Sang
        নন্দিতা Nandita/Nondita
        কালাবি Kalabi/Kalabee
        শান্তিলতা Shantilata/Santilota
        রত্না Ratna/Rotna
    """),
    HILL_MEN.last,
    pairs("""
        চিংমে Chingme
        চিংমা Chingma
        হ্লামে Hlame
        হ্লাপ্রু Hlapru
    """),
)
