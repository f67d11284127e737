"""What a payment needs before it leaves: amount, claims, account, money, and a time at which its provider takes it."""
