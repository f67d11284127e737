"""The matching engine: pure code that turns a record into comparable features, features into blocking keys, and two
features into a probability with its evidence.

Nothing here knows a store, a topic or a country: a *normaliser* (``normaliser.py``) says which features a record has
and by which keys and traits it is found, a *model* (``model.py``) says how the features are compared and what an
agreement weighs. ``bangladesh/`` is the normaliser of the registry. ``engine.py`` is the door.
"""
