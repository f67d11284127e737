"""What every service's HTTP side is built from: problems, keys, health, metrics, and the one path for commands."""
