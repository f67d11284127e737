"""The whole system on this machine: secrets, topics, and a process for each service."""
