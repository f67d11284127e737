"""payments: owns money and nothing else. Pays what entitlements say, once, and keeps a balanced journal of it."""
