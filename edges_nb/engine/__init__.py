"""Replace one schedule by another without losing or doubling it, and remember every step."""
