"""Payrolls: the lists of a cycle, frozen, signed, approved by people and then released."""
