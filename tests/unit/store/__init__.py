"""Unit tests of claims, limits and what the store adapters compute."""
