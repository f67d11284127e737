"""The store port and its adapters: tables of immutable rows under unique keys, and nothing else (design.md §5)."""
