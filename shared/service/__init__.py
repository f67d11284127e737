"""A service as a process: from its settings to its last commit, with a sentence for everything that goes wrong."""
