"""The whole chain once, from applications to credited payments, with an account of every record."""
