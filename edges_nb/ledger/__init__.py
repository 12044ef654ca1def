"""The durable record of what was seen, intended and done."""
