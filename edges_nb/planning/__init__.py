"""What to replace by what, and why."""
