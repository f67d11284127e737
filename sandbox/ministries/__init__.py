"""The ten sources of the demonstration: what their systems make of an application, and how they send it."""
