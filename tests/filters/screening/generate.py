#!/usr/bin/env python3
"""Makes generated.tsv from templates.yaml: the same lines each time, some of them written as people in a hurry write.

python tests/filters/screening/generate.py           write the file
python tests/filters/screening/generate.py --check   exit 1 where it is out of date
"""

import random
import re
import sys
import unicodedata
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
PAGE = HERE / "generated.tsv"
SEED = 20261122
#: Lines of each language, by what they show.
WANTED = {"price": 360, "personal": 240, "insult": 150, "health": 180, "none": 420}
TRIES = 40
_SLOT = re.compile(r"\{([a-z]+)\}")


def lines() -> list[str]:
    """All lines, each as language, kind and text apart by tabs."""
    chance = random.Random(SEED)
    made = []
    for language, told in yaml.safe_load((HERE / "templates.yaml").read_text("utf-8")).items():
        for kind, wanted in WANTED.items():
            made += [f"{language}\t{kind}\t{text}" for text in _texts(chance, told, told[kind], wanted)]
    return made


def _texts(chance: random.Random, told: dict[str, Any], templates: list[str], wanted: int) -> list[str]:
    texts: dict[str, None] = {}
    for turn in range(wanted * TRIES):
        if len(texts) == wanted:
            break
        text = templates[turn % len(templates)]
        while _SLOT.search(text):
            text = _SLOT.sub(lambda slot: chance.choice(told["slots"][slot[1]]), text)
        texts[_hurried(chance, text)] = None
    return list(texts)


def _hurried(chance: random.Random, text: str) -> str:
    """Without accents, in capitals, with a slip of the pen: or as it is."""
    dice = chance.random()
    if dice < 0.30:
        text = "".join(one for one in unicodedata.normalize("NFD", text) if not unicodedata.combining(one))
    elif dice < 0.38:
        text = text.upper()
    elif dice < 0.46:
        text = _slipped(chance, text)
    return text if chance.random() < 0.7 else text[0].upper() + text[1:]


def _slipped(chance: random.Random, text: str) -> str:
    """Two letters of one of its longer words swapped, or one left out."""
    words = text.split(" ")
    long = [place for place, word in enumerate(words) if len(word) >= 6 and word.isalpha()]
    if not long:
        return text
    place = chance.choice(long)
    word, at = words[place], chance.randrange(1, len(words[place]) - 2)
    swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    words[place] = swapped if chance.random() < 0.5 else word[:at] + word[at + 1 :]
    return " ".join(words)


def main() -> int:
    text = "".join(f"{line}\n" for line in lines())
    if "--check" in sys.argv[1:]:
        return int(not PAGE.exists() or PAGE.read_text("utf-8") != text)
    PAGE.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
