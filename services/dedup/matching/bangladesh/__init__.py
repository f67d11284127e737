"""The normaliser of the registry: Bangla and English names, national ids, birth dates, mobiles, BBS places."""
