"""Accounts before money goes there: asked about at their provider, and watched when they change."""
