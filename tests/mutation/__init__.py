"""Mutation check: each safeguard is taken out of a copy of the code, and the tests named for it must turn red.

A safeguard that no test misses is either not needed or not tested. ``python -m tests.mutation`` checks all of them,
``python -m tests.mutation NAME …`` some, ``--list`` says which there are. ``catalogue`` holds them by subject; a unit
test (tests/unit/mutation) holds every one to the present code.
"""
