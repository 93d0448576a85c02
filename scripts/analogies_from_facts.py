"""The bundled analogies, made from plain facts: `python scripts/analogies_from_facts.py`.

Each section is a list of pairs that stand in one relation. A question is made of two pairs; a pair
is asked together with the ones that follow it at the distances below, so that a section of few
pairs comes to many questions and no pair is asked more often than another.

`tests/test_bundled_analogies.py` compares the file with what this writes.
"""

from __future__ import annotations

import sys
from pathlib import Path

DISTANCES = (1, 4, 9)
TARGET = Path(__file__).parent.parent / "src" / "lexiscope" / "data" / "facts.txt"

HEADER = """\
# Analogies made from plain facts: "a b c d" says that a is to b as c is to d.
# Written by scripts/analogies_from_facts.py; sections of meaning come first, those of grammar then.
"""

# Section → pairs, each word/word.
FACTS = {
    "capital": """
        France/Paris Germany/Berlin Italy/Rome Spain/Madrid Portugal/Lisbon Austria/Vienna
        England/London Scotland/Edinburgh Ireland/Dublin Greece/Athens Poland/Warsaw
        Hungary/Budapest Russia/Moscow Ukraine/Kyiv Sweden/Stockholm Norway/Oslo
        Denmark/Copenhagen Finland/Helsinki Belgium/Brussels Turkey/Ankara Egypt/Cairo
        Kenya/Nairobi Japan/Tokyo China/Beijing Thailand/Bangkok Iran/Tehran Iraq/Baghdad
        Syria/Damascus Cuba/Havana Canada/Ottawa Australia/Canberra Peru/Lima Chile/Santiago
        Vietnam/Hanoi
    """,
    "currency": """
        Japan/yen China/yuan India/rupee Russia/ruble Britain/pound America/dollar Germany/euro
        Mexico/peso Brazil/real Poland/zloty Sweden/krona Denmark/krone Switzerland/franc
        Thailand/baht Vietnam/dong Korea/won Israel/shekel Turkey/lira Hungary/forint Iraq/dinar
        Iran/rial Ukraine/hryvnia Malaysia/ringgit Romania/leu
    """,
    "people": """
        France/French Germany/German Italy/Italian Spain/Spanish Portugal/Portuguese
        England/English Ireland/Irish Scotland/Scottish Greece/Greek Poland/Polish
        Hungary/Hungarian Russia/Russian Sweden/Swedish Norway/Norwegian Denmark/Danish
        Holland/Dutch Turkey/Turkish Egypt/Egyptian Japan/Japanese China/Chinese India/Indian
        Persia/Persian Canada/Canadian Mexico/Mexican America/American Brazil/Brazilian
        Switzerland/Swiss Austria/Austrian
    """,
    "continent": """
        France/Europe Japan/Asia Egypt/Africa Germany/Europe China/Asia Kenya/Africa
        Italy/Europe India/Asia Nigeria/Africa Spain/Europe Thailand/Asia Ghana/Africa
        Sweden/Europe Vietnam/Asia Morocco/Africa Poland/Europe Korea/Asia Ethiopia/Africa
        Norway/Europe Nepal/Asia
    """,
    "family": """
        man/woman boy/girl king/queen prince/princess father/mother son/daughter brother/sister
        husband/wife uncle/aunt nephew/niece grandfather/grandmother gentleman/lady he/she
        him/her duke/duchess actor/actress waiter/waitress hero/heroine bridegroom/bride
        widower/widow emperor/empress host/hostess master/mistress god/goddess
    """,
    "young": """
        dog/puppy cat/kitten cow/calf horse/foal sheep/lamb hen/chick goose/gosling
        duck/duckling bear/cub goat/kid pig/piglet swan/cygnet deer/fawn frog/tadpole man/boy
        woman/girl
    """,
    "opposite": """
        hot/cold big/small long/short high/low old/young rich/poor light/dark strong/weak
        early/late good/bad near/far hard/soft wet/dry full/empty open/closed fast/slow
        thick/thin deep/shallow wide/narrow heavy/light clean/dirty loud/quiet sweet/sour
        true/false first/last up/down left/right above/below before/after always/never
    """,
    "negation": """
        happy/unhappy able/unable known/unknown certain/uncertain fair/unfair kind/unkind
        usual/unusual willing/unwilling pleasant/unpleasant necessary/unnecessary
        conscious/unconscious natural/unnatural worthy/unworthy expected/unexpected
        fortunate/unfortunate possible/impossible patient/impatient perfect/imperfect
        polite/impolite visible/invisible dependent/independent sane/insane regular/irregular
        honest/dishonest
    """,
    "number": """
        two/second three/third four/fourth five/fifth six/sixth seven/seventh eight/eighth
        nine/ninth ten/tenth eleven/eleventh twelve/twelfth thirteen/thirteenth twenty/twentieth
        thirty/thirtieth hundred/hundredth
    """,
    "whole": """
        finger/hand toe/foot leaf/tree petal/flower page/book wheel/cart room/house step/stair
        sail/ship feather/bird branch/tree key/piano letter/word word/sentence day/week
        month/year minute/hour hour/day soldier/army sheep/flock wolf/pack star/galaxy
    """,
    "place": """
        teacher/school doctor/hospital judge/court priest/church sailor/ship farmer/farm
        soldier/army clerk/office miner/mine actor/theatre king/palace monk/monastery
        prisoner/prison student/university baker/bakery pilot/plane
    """,
    "plural": """
        dog/dogs cat/cats horse/horses bird/birds tree/trees flower/flowers house/houses
        hand/hands eye/eyes window/windows book/books letter/letters day/days year/years
        road/roads river/rivers city/cities lady/ladies country/countries story/stories
        church/churches box/boxes dish/dishes king/kings friend/friends cloud/clouds
        stone/stones
    """,
    "irregular plural": """
        man/men woman/women child/children foot/feet tooth/teeth goose/geese mouse/mice ox/oxen
        knife/knives wife/wives life/lives leaf/leaves half/halves wolf/wolves thief/thieves
        shelf/shelves loaf/loaves self/selves calf/calves gentleman/gentlemen
    """,
    "comparative": """
        good/better bad/worse big/bigger small/smaller long/longer short/shorter high/higher
        low/lower old/older young/younger rich/richer poor/poorer strong/stronger weak/weaker
        fast/faster slow/slower hard/harder soft/softer cold/colder warm/warmer dark/darker
        deep/deeper wide/wider great/greater happy/happier easy/easier heavy/heavier
    """,
    "superlative": """
        good/best bad/worst big/biggest small/smallest long/longest short/shortest high/highest
        low/lowest old/oldest young/youngest rich/richest poor/poorest strong/strongest
        weak/weakest fast/fastest slow/slowest cold/coldest warm/warmest dark/darkest
        deep/deepest wide/widest great/greatest happy/happiest easy/easiest near/nearest
    """,
    "past": """
        go/went see/saw come/came take/took give/gave know/knew think/thought say/said tell/told
        find/found bring/brought buy/bought catch/caught teach/taught write/wrote speak/spoke
        break/broke run/ran begin/began drink/drank sing/sang swim/swam fall/fell hold/held
        stand/stood sit/sat feel/felt keep/kept leave/left lose/lost send/sent grow/grew
        throw/threw
    """,
    "participle": """
        go/going see/seeing come/coming take/taking give/giving know/knowing think/thinking
        say/saying tell/telling find/finding write/writing speak/speaking run/running
        begin/beginning drink/drinking sing/singing fall/falling hold/holding stand/standing
        sit/sitting feel/feeling keep/keeping leave/leaving walk/walking look/looking
    """,
    "third person": """
        go/goes see/sees come/comes take/takes give/gives know/knows think/thinks say/says
        tell/tells find/finds write/writes speak/speaks run/runs begin/begins drink/drinks
        sing/sings fall/falls hold/holds stand/stands sit/sits feel/feels keep/keeps
    """,
    "adverb": """
        quick/quickly slow/slowly quiet/quietly sudden/suddenly careful/carefully happy/happily
        easy/easily clear/clearly bright/brightly proud/proudly sad/sadly calm/calmly
        deep/deeply great/greatly perfect/perfectly usual/usually complete/completely
        certain/certainly near/nearly final/finally direct/directly secret/secretly
    """,
    "quality": """
        kind/kindness dark/darkness happy/happiness sad/sadness good/goodness weak/weakness
        sick/sickness great/greatness bright/brightness ill/illness bitter/bitterness
        sweet/sweetness mad/madness lonely/loneliness holy/holiness quick/quickness
    """,
    "doer": """
        write/writer read/reader teach/teacher sing/singer dance/dancer speak/speaker
        work/worker drive/driver hunt/hunter lead/leader rule/ruler paint/painter farm/farmer
        ride/rider play/player begin/beginner win/winner rob/robber murder/murderer
        build/builder
    """,
}


def questions(pairs: list[tuple[str, str]]) -> list[str]:
    """The lines of a section: each pair with three that follow it, of four words each."""
    lines = []
    for place, (one, other) in enumerate(pairs):
        for distance in DISTANCES:
            second = pairs[(place + distance) % len(pairs)]
            if len({one, other, *second}) == 4:
                lines.append(" ".join((one, other, *second)))
    return list(dict.fromkeys(lines))


def document() -> str:
    """The whole file."""
    parts = [HEADER]
    for section, text in FACTS.items():
        pairs = [(one, other) for one, _, other in (item.partition("/") for item in text.split())]
        parts.append("\n".join([f": {section}", *questions(pairs)]) + "\n")
    return "".join(parts)


if __name__ == "__main__":
    TARGET.write_text(document(), encoding="ascii")
    sys.stdout.write(f"{TARGET}: {sum(line[0] not in '#:' for line in document().splitlines())}\n")
