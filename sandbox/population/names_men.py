"""Names of men, by community.

Written for this sandbox from names in everyday use; the frequencies are made up.
"""

from sandbox.population.tokens import MD, SREE, Stock, Token, pairs, tokens

MUSLIM_MEN = Stock(
    (MD, MD, MD, Token("শেখ", "Sheikh", ("Shaikh", "Sk.")), Token("মীর", "Mir", ("Meer",), ("মির",))),
    tokens("""
        আব্দুল Abdul/Abdool;আবদুল
        রহিম Rahim/Raheem;রহীম
        করিম Karim/Kareem;করীম
        আলমগীর Alamgir/Alomgir;আলমগির
        জাহাঙ্গীর Jahangir/Jahangeer;জাহাঙ্গির
        আনোয়ার Anwar/Anowar;আনওয়ার
        দেলোয়ার Delwar/Delowar;দেলওয়ার
        মনিরুল Monirul/Munirul
        শফিকুল Shafiqul/Shofiqul/Safiqul
        রফিকুল Rafiqul/Rofiqul
        নজরুল Nazrul/Nozrul
        সিরাজুল Sirajul/Serajul
        তাজুল Tajul
        আমিনুল Aminul
        সাইফুল Saiful/Shaiful
        জহিরুল Zahirul/Johirul
        কামাল Kamal
        জামাল Jamal/Zamal
        হারুন Harun/Haroon
        মামুন Mamun/Mamoon
        সোহেল Sohel/Shohel
        রাসেল Rasel/Russel
        শাহীন Shahin/Shaheen;শাহিন
        মাসুদ Masud/Masood
        ফারুক Faruk/Farooq/Faruq
        ইব্রাহিম Ibrahim/Ebrahim;ইবরাহীম
        ইসমাইল Ismail/Esmail
        ইউসুফ Yusuf/Eusuf/Yousuf
        সোলায়মান Solaiman/Sulaiman
        মোস্তফা Mostafa/Mostofa/Mustafa
        মোতালেব Motaleb/Motalib;মোতালিব
        আজিজ Aziz/Ajij
        হাফিজ Hafiz/Hafij
        মজিবর Mojibor/Mujibur;মজিবুর
        লুৎফর Lutfor/Lutfur;লুৎফুর
        আতাউর Ataur
        মতিউর Matiur/Motiur
        হাবিবুর Habibur/Hobibur
        শহিদুল Shahidul/Shohidul;শহীদুল
        নুরুল Nurul/Noorul;নূরুল
        বদরুল Badrul/Bodrul
        খোরশেদ Khorshed/Khurshid
        আকবর Akbar/Akbor
        আলতাফ Altaf
        আশরাফ Ashraf/Asraf
        তোফাজ্জল Tofazzal/Tofajjal
        মোজাম্মেল Mozammel/Mojammel
        সাত্তার Sattar/Satter
        গফুর Gofur/Gafur
        জব্বার Jabbar/Jobbar
        মান্নান Mannan
        হান্নান Hannan
        লতিফ Latif/Lotif
        কাদের Kader/Quader
        মালেক Malek/Malik
        বাবুল Babul
        দুলাল Dulal
        হেলাল Helal
        বেলাল Belal/Billal
        মিজানুর Mizanur/Mijanur
        আখতার Akhter/Aktar
        সেলিম Selim/Salim
        ওসমান Osman/Usman
        ওমর Omar/Umor
        আরিফ Arif
        তারেক Tareq/Tarek
        নাসির Nasir/Nasir
        বশির Bashir/Boshir
        জয়নাল Joynal/Zainal
        মফিজ Mofiz/Mofij
        ছাত্তার Sattar/Chattar
        রমজান Ramzan/Romjan
        এনামুল Enamul/Anamul
        ফজলুল Fazlul/Fozlul
        আজহার Azhar/Ajhar
        মোশাররফ Mosharraf/Mosharof
        খলিল Khalil/Kholil
        কুদ্দুস Kuddus/Quddus
        সামাদ Samad/Shamad
        ওহাব Wahab/Ohab
    """),
    tokens("""
        হোসেন Hossain/Hussain/Hosen/Hosain;হোসাইন
        ইসলাম Islam
        রহমান Rahman/Rohman
        মিয়া Miah/Mia/Miya;মিঞা
        উদ্দিন Uddin/Uddeen;উদ্দীন
        আলী Ali/Aly;আলি
        আহমেদ Ahmed/Ahmad;আহম্মেদ
        হক Haque/Hoque/Haq
        খান Khan
        সরকার Sarkar/Sarker
        মোল্লা Molla/Mollah
        শেখ Sheikh/Sk
        তালুকদার Talukdar/Talukder
        প্রামানিক Pramanik/Pramanick;প্রামাণিক
        হাওলাদার Howlader/Hawladar
        ফকির Fakir/Fokir
        বেপারী Bepari/Bapari
        মণ্ডল Mondal/Mandal;মন্ডল
        সরদার Sardar/Sarder
        গাজী Gazi/Gaji
        চৌধুরী Chowdhury/Choudhury
        ভূঁইয়া Bhuiyan/Bhuiya;ভুইয়া
        শিকদার Sikder/Shikdar
        আকন্দ Akand/Akanda
    """),
    pairs("""
        হাসান Hasan/Hassan
        হোসেন Hossain/Hosen
        রহিম Rahim
        করিম Karim
        সুমন Suman/Sumon
        সুজন Sujan/Sujon
        রাজু Raju
        সাজু Saju/Shaju
        আনিস Anis
        আনাস Anas
        শামীম Shamim;শামিম
        শাহীন Shahin;শাহিন
    """),
)

HINDU_MEN = Stock(
    (SREE,),
    tokens("""
        নারায়ণ Narayan/Naryan
        গোপাল Gopal
        হরিপদ Haripada/Horipodo
        কৃষ্ণ Krishna/Krisna
        সুবল Subal/Subol
        নিমাই Nimai
        রতন Ratan/Roton
        স্বপন Swapan/Shopon
        তপন Tapan/Topon
        বিমল Bimal/Bimol
        অমল Amal/Amol
        সুশীল Sushil/Susil;সুশিল
        অনিল Anil
        সুনীল Sunil/Shunil;সুনিল
        দীপক Dipak/Deepak
        নিতাই Nitai
        পরিমল Parimal/Porimol
        ধীরেন Dhiren/Dhirendra
        মনোরঞ্জন Monoranjan/Manoranjan
        গৌতম Goutam/Gautam
        শ্যামল Shyamal/Shamol
        উত্তম Uttam/Uttom
        জগদীশ Jagadish/Jogodish
        বাসুদেব Basudeb/Basudev
    """),
    tokens("""
        দাস Das/Dash
        রায় Roy/Ray
        মণ্ডল Mondal/Mandal;মন্ডল
        শীল Shil/Seal
        পাল Pal/Paul
        সরকার Sarkar/Sarker
        বিশ্বাস Biswas/Bishwas
        সাহা Saha/Shaha
        বর্মণ Barman/Bormon;বর্মন
        দেবনাথ Debnath/Devnath
        হালদার Halder/Haldar
    """),
    pairs("""
        রাম Ram
        শ্যাম Shyam
        গৌর Gour
        নিতাই Nitai
        অমল Amal
        বিমল Bimal
    """),
)

HILL_MEN = Stock(
    (),
    tokens("""
        মংসাই Mongsai/Mong-Sai
        ক্যহ্লা Kyawhla/Kyahla
        থোয়াই Thowai/Thoai
        উথোয়াই Uthowai/U-Thowai
        সুইনু Suinu/Sui-Nu
        চিংহ্লা Chinghla/Ching-Hla
        মংক্য Mongkya/Mong-Kyaw
        জ্যোতি Jyoti/Joti
        সুখময় Sukhamoy/Sukhomoy
        বিমলেন্দু Bimalendu/Bimolendu
        কিরণ Kiran/Kiron
        প্রদীপ Pradip/Prodip
    """),
    tokens("""
        মারমা Marma
        চাকমা Chakma
        তঞ্চঙ্গ্যা Tanchangya/Tonchongya
        ম্রো Mro/Mru
        ত্রিপুরা Tripura
    """),
    pairs("""
        মংসা Mongsa
        মংসি Mongsi
        উথোয়াই Uthowai
        থোয়াই Thowai
    """),
)
