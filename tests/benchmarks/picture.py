from pathlib import Path

PICTURE = Path(__file__).with_name("speed.svg")


def draw(x):
    pass
