"""Duplicate detection: is this applicant somebody who is accepted already? Unique, duplicate or review, with evidence.

``stage.py`` orders the steps, ``matching.py`` compares two people, ``concede.py`` decides between copies that arrive
at once, ``verdicts.py`` and ``commands.py`` take what reviewers and timers say.
"""
