"""Building the register from lists of people who are beneficiaries already: a country starts with millions of them."""
