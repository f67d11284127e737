"""The books: totals carried on, audited and rebuilt from the journal, and what is asked of them."""
