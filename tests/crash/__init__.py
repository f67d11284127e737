"""Crash-point enumeration: every stage under the real runtime, stopped at every await, alone and in pairs.

``ports`` numbers the awaits, ``state`` is what outlives a process, ``play`` runs a scene, ``explore`` enumerates.
"""
