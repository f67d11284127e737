"""The outside world's money side: mobile financial services, an agent bank and a bank that pay what they are told.

This is also how a real provider would consume instructions and report on them: ``app.py`` is the loop on Kafka,
``desk.py`` the contract, ``memory.py`` what has to survive a restart. What only a sandbox needs is apart:
``behaviour.py`` and ``modes.py`` choose what goes wrong, ``accounts.py`` knows which accounts are no good. Nobody's
money moves and all delays are compressed: seconds stand for hours and weeks (``modes.Delays``).
"""
