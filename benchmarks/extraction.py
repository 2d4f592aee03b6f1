"""How fast extraction runs, against spaCy's tokeniser alone on the same text, and whether its time grows linearly.

    python benchmarks/extraction.py [--rounds 7] [--kilobytes 300]

Needs spaCy (`pip install spacy`). The texts are the seed documents, the example sentences of the rules, and generated
press releases with names and figures of their own, the same in every run. spaCy keeps every word that it has seen, so a
text read again costs it less than half: each round takes a new tokeniser, which has read other texts, as a reader of a
stream of documents has, but not these. Rounds are interleaved, so that what slows the computer down slows both; of the
ratios of the rounds the median is shown.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Callable, Iterator, Sequence

import spacy
import yaml

from adckg import documents, extract, resources

SYLLABLES = (
    "al",
    "bar",
    "cor",
    "den",
    "el",
    "far",
    "gan",
    "hol",
    "ix",
    "jun",
    "kel",
    "lor",
    "mar",
    "nov",
    "or",
    "pel",
    "quin",
    "ras",
    "sol",
    "tor",
    "ul",
    "ver",
    "wes",
    "yar",
    "zan",
)
FORMS = (
    "Inc.",
    "Corp.",
    "Ltd.",
    "plc",
    "AG",
    "Foods",
    "Energy",
    "Logistics",
    "Medical, Inc.",
    "Software",
    "Genomics",
    "Instruments",
    "Hospital",
    "Capital",
)
GIVEN = (
    "Anna",
    "David",
    "Mei",
    "Robert",
    "Sofia",
    "Priya",
    "John",
    "Claire",
    "Ahmed",
    "Yuki",
    "Lars",
    "Elena",
    "Thomas",
    "Grace",
    "Omar",
    "Ingrid",
)
TITLES = (
    "chief executive officer",
    "chief financial officer",
    "head of research",
    "chair of the board",
    "president and chief operating officer",
    "vice president for operations",
)
THINGS = (
    "flow meter",
    "vaccine candidate",
    "imaging system",
    "cell therapy",
    "blood test",
    "infusion pump",
    "data platform",
    "monoclonal antibody",
    "packaging line",
    "research reactor",
    "wound dressing",
    "gene therapy",
)
SENTENCES = (
    "{company} today announced financial results for the {quarter} quarter ended {month} {day}, {year}, and reported on the progress of its business.",
    "Revenue for the {quarter} quarter was ${a}.{b} million, compared with ${c}.{d} million for the same period of the year before.",
    "The increase was mainly due to higher sales of the {thing} in Europe and to the contribution of the plant in {place}, which opened in {month}.",
    "Research and development expenses rose by {n} percent, as the company hired engineers and prepared the launch of its next {thing}.",
    '"We are pleased with what our teams have achieved this year, and we look forward to bringing the {thing} to more customers," said {person}, {title} of {company}.',
    "The {thing} is designed to make everyday work in hospitals and laboratories simpler, safer and less costly.",
    "A webcast of the conference call at 8:30 a.m. will be available on the investor pages of the company's website for thirty days.",
    "The board of directors has appointed {person} as {title}, effective {month} {day}, {year}.",
    "{person} joins {company} from {company2}, where the team under her lead built a network of more than {n} partners in {n2} countries.",
    "The study will follow volunteers at {n} sites in order to find out how well the {thing} works under ordinary conditions.",
    "Under the terms of the agreement, {company2} will distribute the {thing} in selected markets and {company} will provide training and support.",
    "As of {month} {day}, {year}, the company had cash, cash equivalents and short-term investments of ${a}.{b} million.",
    "Construction of the new site near {place} began in {year} and is on schedule, although the supply of steel remains uncertain.",
    "The foundation supports young scientists who work on questions that matter to patients and to those who care for them.",
    "Many people with a chronic illness wait for years until somebody finds out what is wrong with them.",
    "In a survey among customers, most said that they would recommend the {thing} to their colleagues.",
    "The company's products are used by farmers, builders, nurses and teachers around the world.",
    "Net loss for the {quarter} quarter was ${c}.{d} million, or $0.{n} per share, which includes charges for the move to {place}.",
    "Analysts had expected the order to be placed earlier, yet the talks took longer than anyone thought.",
    "The regulator in Europe is reviewing the file for the {thing} and is expected to answer before the end of {year}.",
    "Side effects of the {thing} were mild and went away within a few days; headache and fatigue were named most often.",
    "The award honours people and organisations whose work has changed the way in which their field thinks about safety.",
    "Shares of {company} will trade under a new symbol from {month} {day} on, and no action is needed by those who hold them.",
    "The {thing} recognises a protein on the surface of the virus and was well tolerated by all {n} volunteers of a Phase 1 study.",
)  # fmt: skip
CLOSING = (
    "This press release contains forward-looking statements, which involve risks and uncertainties that may cause actual results to differ materially from those expressed here.",
    "More information about {company} can be found on its website.",
    "{company} undertakes no obligation to update any statement, whether as a result of new information, future events or otherwise.",
)
NAMED = "Kadcyla is an antibody-drug conjugate.\n\n"
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def make_release(number: int) -> str:
    """Return a press release without an ADC, the same for the same number."""
    pick = random.Random(number)

    def name(least: int = 2, most: int = 3) -> str:
        return "".join(pick.choices(SYLLABLES, k=pick.randint(least, most))).capitalize()

    words = {"company": f"{name()} {pick.choice(FORMS)}", "company2": f"{name()} {pick.choice(FORMS)}"}
    people, places = ([f"{pick.choice(GIVEN)} {name()}" for _ in range(3)], [name(2, 2) for _ in range(3)])

    def say(sentence: str) -> str:
        return sentence.format(
            **words,
            person=pick.choice(people), title=pick.choice(TITLES), place=pick.choice(places), thing=pick.choice(THINGS),
            quarter=pick.choice(("first", "second", "third", "fourth")), month=pick.choice(MONTHS), day=pick.randint(1, 28), year=pick.randint(2009, 2025),
            a=pick.randint(10, 900), b=pick.randint(0, 9), c=pick.randint(10, 900), d=pick.randint(0, 9), n=pick.randint(11, 98), n2=pick.randint(3, 9),
        )  # fmt: skip

    paragraphs = [
        say("{company} Reports on Its {thing} and on the {quarter} Quarter"),
        say("{place}, {month} {day}, {year} - ") + say(SENTENCES[number % len(SENTENCES)]),
        *(" ".join(say(s) for s in pick.sample(SENTENCES, pick.randint(3, 6))) for _ in range(6)),
        say("About {company}"),
        " ".join(say(s) for s in pick.sample(SENTENCES, 3)),
        "Forward-Looking Statements",
        " ".join(say(s) for s in CLOSING),
    ]
    return "\n\n".join(paragraphs) + "\n"


def make_texts(characters: int, *, seeds_every: int = 6, first: int = 0) -> list[str]:
    """Return seed documents and generated releases, one of the former to so many in all, of this length together."""
    seeds = _seeds()
    texts: list[str] = []
    for number in range(characters):
        if sum(map(len, texts)) >= characters:
            break
        chosen = (
            seeds[number // seeds_every % len(seeds)] if number % seeds_every == 0 else make_release(first + number)
        )
        texts.append(chosen)
    return texts


def example_texts() -> list[str]:
    """Return the example sentences of the rules, forty to a text, each once."""
    said: dict[str, None] = {}
    for path in resources.files("seeds", "rules/*.yaml"):
        rules = yaml.load(path.read_bytes(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        for rule in rules if isinstance(rules, list) else ():
            said |= dict.fromkeys([*(example["text"] for example in rule["examples"]), *rule["but"]])
    sentences = random.Random(0).sample(list(said), len(said))
    return ["\n\n".join(sentences[at : at + 40]) + "\n" for at in range(0, len(sentences), 40)]


def seconds(action: Callable[[], object]) -> float:
    """Return how much processor time an action takes."""
    begun = time.process_time()
    action()
    return time.process_time() - begun


def compare(texts: Sequence[str], before: Sequence[str], rounds: int) -> Iterator[tuple[float, float]]:
    """Yield for each round the seconds that extraction and spaCy's tokeniser take for the texts.

    Both have read the texts `before`, and neither has kept anything of these.
    """
    knowledge = extract.load_knowledge()

    def ours(some: Sequence[str]) -> None:
        for text in some:
            extract.extract(documents.parse_document(text, "release"), knowledge)

    ours(before)
    for number in range(rounds):
        tokenise = spacy.blank("en").tokenizer

        def theirs(some: Sequence[str], read: Callable[[str], object] = tokenise) -> None:
            for text in some:
                read(text)

        theirs(before)
        # who goes first changes, so that neither always finds the caches warm
        if number % 2:
            there, here = seconds(lambda: theirs(texts)), seconds(lambda: ours(texts))
        else:
            here, there = seconds(lambda: ours(texts)), seconds(lambda: theirs(texts))
        yield here, there


def growth(rounds: int) -> Iterator[tuple[float, float]]:
    """Yield for each round the microseconds per character of one document of 1 MB, and of ones of 5 KB that each name an ADC."""
    knowledge = extract.load_knowledge()
    small = ["".join(make_texts(4900, seeds_every=6))[:5000]]
    for number in range(1, 200):
        small.append((make_release(7 * number) + make_release(7 * number + 1))[:5000])
    seeds = [_seeds()[i // 6 % len(_seeds())] for i in range(len(small))]
    # in a document that names no ADC little is read: then the large one would be compared with something else
    small = [f"{NAMED}{text}" if i % 6 else seed for i, (text, seed) in enumerate(zip(small, seeds, strict=True))]
    large = "\n".join(small)
    large = large * max(1, round(1_000_000 / len(large)))
    for _ in range(rounds):
        one = seconds(lambda: extract.extract(documents.parse_document(large, "large"), knowledge))
        each = seconds(lambda: [extract.extract(documents.parse_document(text, "small"), knowledge) for text in small])
        yield 1e6 * one / len(large), 1e6 * each / sum(map(len, small))


def _seeds() -> list[str]:
    return [path.read_text() for path in sorted(resources.files("seeds", "documents/*.txt"))]


def main() -> None:
    """Run the comparisons and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--kilobytes", type=int, default=300, help="of text to compare on")
    options = parser.parse_args()
    print(f"{'text':<28}{'adckg MB/s':>12}{'spaCy MB/s':>12}{'ratio':>8}   (asked: 0.20)")
    other = [make_release(10_000 + n) for n in range(60)]
    for name, texts, before in (
        ("seeds and releases", make_texts(options.kilobytes * 1000), [*other, *example_texts()]),
        ("seeds alone", _seeds(), [*other, *example_texts()]),
        ("examples of the rules", example_texts(), [*other, *_seeds()]),
        ("releases alone", [make_release(n) for n in range(options.kilobytes // 4)], [*other, *_seeds()]),
    ):
        size = sum(map(len, texts)) / 1e6
        times = list(compare(texts, before, options.rounds))
        here, there = (statistics.median(t) for t in zip(*times, strict=True))
        ratio = statistics.median(theirs / ours for ours, theirs in times)
        print(f"{name:<28}{size / here:>12.2f}{size / there:>12.2f}{ratio:>8.2f}")
    times = list(growth(max(3, options.rounds // 2)))
    one, each = (statistics.median(t) for t in zip(*times, strict=True))
    ratio = statistics.median(large / small for large, small in times)
    print(
        f"\nmicroseconds per character: one document of 1 MB {one:.2f}, documents of 5 KB {each:.2f}; ratio {ratio:.2f} (asked: 1.30)"
    )


if __name__ == "__main__":
    main()
