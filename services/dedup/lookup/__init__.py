"""A question without an application: may this person be enrolled, and is there an overlap?

``question.py`` reads what is asked, ``answer.py`` says what follows, ``desk.py`` orders the steps. What it reads of
entitlements (``rights.py``) is a copy that no decision uses, and every question leaves a row (``audit.py``).
"""
