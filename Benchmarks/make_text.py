"""Writes texts for the tokenizer's benchmarks, the same ones every time.

usage: make_text.py zipf FILE BYTES      words of a Zipf distribution over 600,000 made-up words
       make_text.py scripts FILE BYTES   five scripts, more than 30 % of the characters not ASCII
"""
import bisect, itertools, random, sys

kind, path, size = sys.argv[1], sys.argv[2], int(sys.argv[3])
chance = random.Random(1)
latin = "abcdefghijklmnopqrstuvwxyz"
weights = [8, 2, 3, 4, 12, 2, 2, 6, 7, 1, 1, 4, 2, 7, 8, 2, 1, 6, 6, 9, 3, 1, 2, 1, 2, 1]
alphabets = {
    "latin": latin, "cyrillic": "абвгдежзиклмнопрстуфхцчшыьэюя", "greek": "αβγδεζηθικλμνξοπρστυφχψω",
    "devanagari": "कखगघचछजझटठडढतथदधनपफबभमयरलवशषसहािीुूेैोौ",
    "han": "".join(chr(c) for c in range(0x4E00, 0x4E00 + 1500)),
}


def words(alphabet, count, mean, weights=None):
    seen = set()
    while len(seen) < count:
        length = max(1, round(chance.gauss(mean, mean / 3)))
        seen.add("".join(chance.choices(alphabet, weights, k=length)))
    # The most frequent words are short.
    return sorted(seen, key=lambda word: (len(word) + chance.random() * mean, word))


class Zipf:
    def __init__(self, words):
        self.words = words
        self.totals = list(itertools.accumulate(1 / rank for rank in range(1, len(words) + 1)))

    def draw(self, count):
        return chance.choices(self.words, cum_weights=self.totals, k=count)


def sentence(source, separator=" ", end="."):
    return separator.join(source.draw(chance.randint(5, 20))) + end


if kind == "zipf":
    sources = [(Zipf(words(latin, 600_000, 8, weights)), " ", ".")]
else:
    sources = [
        (Zipf(words(alphabets["latin"], 60_000, 8, weights)), " ", "."),
        (Zipf(words(alphabets["cyrillic"], 60_000, 8)), " ", "."),
        (Zipf(words(alphabets["greek"], 30_000, 8)), " ", "."),
        (Zipf(words(alphabets["devanagari"], 30_000, 6)), " ", "।"),
        (Zipf(words(alphabets["han"], 30_000, 2)), "", "。"),
    ]

# A block of 64 MiB is drawn and written in turn with its sentences in another order, so that
# gigabytes take minutes and not hours; the first block holds most of the words.
block = min(size, 64 << 20)
documents, drawn = [], 0
while drawn < block:
    # About half of the sentences are Latin: one in three, and a fifth of the others.
    source, separator, end = sources[0] if chance.random() < 0.35 else chance.choice(sources)
    text = " ".join(sentence(source, separator, end).capitalize() for _ in range(chance.randint(3, 12)))
    documents.append(text + "\n<|endoftext|>\n")
    drawn += len(documents[-1].encode())
if kind == "zipf":
    # Every word occurs, as rarely as the distribution wants.
    rare = sources[0][0].words
    for start in range(0, len(rare), 200):
        documents.append(" ".join(rare[start : start + 200]) + ".\n<|endoftext|>\n")
with open(path, "wb") as file:
    written = 0
    while written < size:
        chance.shuffle(documents)
        for document in documents:
            file.write(document.encode())
            written += len(document.encode())
            if written >= size:
                break
