"""The invariants that every stage has, verified on live data (design.md §6): reads topics and stores, changes nothing.

A service's ``checks.py`` asks for ``audit_stage`` and adds what only it can know.
"""
