import { describe, expect, it } from 'vitest';
import {
  census,
  film,
  foreign,
  partOf,
  sentences,
  vocabulary,
  words,
  wordsOf,
} from './bundled.test-data';
import {
  behind,
  formed,
  frameOf,
  meanDistance,
  middleDistance,
  pointsAt,
  TOGETHER,
  trailOf,
} from './film';
import { chooseHero, CLEAR, FAR, type Hero, heroAt } from './hero';
import { questionsFor } from './relations';
import { expectedBeside, guessFrom } from './scenes/guess';
import { filmOf } from './scenes/film';
import { nearestOnMap, openingOf } from './scenes/opening';
import { type Course, momentOf, rowsOf } from './scenes/rows';
import { said, scaleOf, squaresAt } from './scenes/scale';
import { OWN_SENTENCE, ownSentence, sentenceFor, windowOf } from './scenes/window';
import { wrongOf } from './scenes/wrong';
import { OtherRun, random } from './seeds';
import { direction } from './swipe';
import { MOST_WORDS, type Telling, wordsIn, wordsOf as wordsSaid } from './telling';

const never = () => Promise.reject(new Error('a whole model is not asked for'));
const king = heroAt(words, words.place('king')!)!;

/** What holds of whatever a scene says. */
function check(telling: Telling): void {
  expect(telling.options.filter((option) => option === telling.answer)).toHaveLength(1);
  expect(new Set(telling.options).size).toBe(telling.options.length);
  expect(telling.options.length).toBeGreaterThan(1);
  expect(wordsSaid(telling), telling.reveal).toBeLessThanOrEqual(MOST_WORDS);
  const said = `${telling.question} ${telling.text} ${telling.reveal} ${telling.options.join()}`;
  expect(said).not.toMatch(/undefined|NaN|null|Infinity|∞/);
  expect(telling.text).not.toContain(` ${telling.answer} `);
}

describe('the word that is followed', () => {
  it('is king in the bundled run, with queen beside it by a margin', async () => {
    const hero = (await chooseHero(words, never))!;
    expect([hero.word, hero.answer.word, hero.second?.word]).toEqual(['king', 'queen', 'throne']);
    expect(hero.answer.cosine - hero.second!.cosine).toBeGreaterThanOrEqual(CLEAR);
    for (const decoy of hero.decoys) {
      expect(hero.answer.cosine - decoy.cosine).toBeGreaterThanOrEqual(FAR);
    }
    const groups = hero.decoys.map(({ place }) => words.groups[place]);
    expect(new Set([...groups, words.groups[hero.place]]).size).toBe(4);
  });

  it('is another where king has no clear nearest word, and none where no word has', async () => {
    const plane = (degrees: number) => [
      Math.cos((degrees * Math.PI) / 180),
      Math.sin((degrees * Math.PI) / 180),
    ];
    const rows = { king: 0, a: 10, b: -10, c: 120, d: 122, e: 200, f: 250 };
    const some = wordsOf(
      Object.fromEntries(Object.entries(rows).map(([word, at]) => [word, plane(at)])),
    );
    const hero = (await chooseHero(some, never))!;
    expect(heroAt(some, some.place('king')!)).toBeNull();
    expect([hero.word, hero.answer.word].sort()).toEqual(['c', 'd']);
    const even = wordsOf(
      Object.fromEntries([0, 60, 120, 180, 240, 300].map((at) => [`w${at}`, plane(at)])),
    );
    expect(await chooseHero(even, never)).toBeNull();
  });

  it('is verified in the whole of a large model', async () => {
    const part = partOf(1000);
    expect(part.whole).toBe(false);
    const hero = await chooseHero(part, (word) =>
      Promise.resolve(
        word === 'king'
          ? [{ word: 'emperor', cosine: 0.99 }]
          : [{ word: heroAt(words, words.place(word)!)!.answer.word, cosine: 0.9 }],
      ),
    );
    expect(hero!.word).toBe('queen');
  });
});

describe('the film', () => {
  it('is at the snapshots where they are, and straight on in between', () => {
    const tiny = {
      words: ['a'],
      groups: [0],
      snapshots: [0, 10, 20],
      positions: [0, 0, 4, 0, 4, 8],
    };
    expect([0, 0.25, 0.5, 0.75, 1, 2].map((share) => pointsAt(tiny, share)[0])).toEqual([
      [0, 0], [2, 0], [4, 0], [4, 4], [4, 8], [4, 8],
    ]); // prettier-ignore
    expect(trailOf(tiny, 0, 0.75)).toEqual([[0, 0], [4, 0], [4, 4]]); // prettier-ignore
    expect(behind(tiny, 0)).toBe(0);
    expect(behind(tiny, 1)).toBe(1);
  });

  it('holds every word in its frame, near or from afar', () => {
    for (const share of [0, 0.1, 0.6, 1]) {
      for (const near of [null, share]) {
        const { middle, half } = frameOf(film, near);
        for (const point of pointsAt(film, share)) {
          point.forEach((value, axis) =>
            expect(Math.abs(value - middle[axis])).toBeLessThanOrEqual(half + 1e-6),
          );
        }
      }
    }
  });

  it('names a group from when on it stands together to the end', () => {
    const groups = formed(film);
    const all = film.words.map((_, place) => place);
    const together = (share: number, members: readonly number[]) => {
      const points = pointsAt(film, share);
      return middleDistance(points, members) <= TOGETHER * meanDistance(points, all);
    };
    expect(groups.filter(({ since }) => since !== null).length).toBeGreaterThan(5);
    for (const { members, since } of groups) {
      expect(together(1, members)).toBe(since !== null);
      for (const snapshot of film.snapshots) {
        const share = snapshot / film.snapshots[film.snapshots.length - 1];
        if (since !== null && share >= since) expect(together(share, members)).toBe(true);
      }
    }
  });

  it('ends with queen nearest to king on the map, among the words to bet on', () => {
    const { watched } = openingOf(king, 96, film);
    expect(nearestOnMap(film, 1, watched)).toBe('queen');
    expect(nearestOnMap(film, 0, watched)).not.toBe('king');
  });
});

describe('every scene says what is so, within 60 words', () => {
  it('the question, of a run and of a file', () => {
    const file = openingOf(king, 96, null, 'file');
    expect(file.text).toContain('This file has 96 words');
    for (const found of [openingOf(king, 96, film), openingOf(king, 96, null), file]) {
      check(found);
      expect(found.answer).toBe('queen');
      expect(found.reveal).toContain(words.cosine(king.place, king.answer.place).toFixed(2));
    }
    expect(openingOf(king, 96, null).reveal).not.toContain('text');
  });

  it('guess: the counts are those of the sentences', () => {
    const found = guessFrom(sentences, sentences.length, words)!;
    check(found);
    const clue = found.parts[found.clue!]!;
    const has = (text: string, word: string) => text.split(' ').includes(word);
    for (const { label, value } of found.bars) {
      const both = sentences.filter((text) => has(text, clue) && has(text, label)).length;
      expect(value).toBe(both);
      expect(both > 2).toBe(label === found.answer);
      const around = found.parts.filter((part) => part && words.has(part)) as string[];
      if (label === found.answer) continue;
      // A wrong answer never stands with any word of the sentence.
      expect(sentences.some((text) => has(text, label) && around.some((w) => has(text, w)))).toBe(
        false,
      );
    }
    expect(found.reveal).toContain(`of the ${sentences.length} sentences`);
    expect(guessFrom(sentences.slice(0, 200), 545, words)!.reveal).toContain('the first 200');
    expect(guessFrom(['one two', 'three'], 2, words)).toBeNull();
  });

  it('guess: a model without its text is asked what it expects', () => {
    const found = expectedBeside(king, words, false)!;
    check(found);
    const best = words.ranked((place) => words.expectation(king.place, place), [king.place], 1)[0];
    expect(found.answer).toBe(best.word);
    expect(expectedBeside(heroAt(foreign, foreign.place('king')!)!, foreign, false)).toBeNull();
  });

  const course: Course = {
    snapshots: [0, 100, 400],
    rows: words.rows,
    inputs: [-1, 0.5, 1].flatMap((size) => Array.from(words.inputs, (value) => size * value)),
  };

  it('rows: the right one is the word’s, wherever it stands', () => {
    for (const found of [rowsOf(king, words, course), rowsOf(king, words, null)]) {
      check(found);
      const at = found.options.indexOf(found.answer);
      expect(found.rows[at + 1].word).toBe('queen');
      expect(found.rows[at + 1].at.at(-1)).toEqual(words.row(king.answer.place));
      expect(found.rows[0].cosines.every((one) => Math.abs(one - 1) < 1e-6)).toBe(true);
    }
    const trained = rowsOf(king, words, course);
    expect(momentOf(trained, 0, 0).values).toEqual(trained.rows[0].at[0]);
    expect(momentOf(trained, 0, 1).values).toEqual(trained.rows[0].at[2]);
    // Half of the way is 200 of 400: a third between the second and the third.
    const [second, third] = [trained.rows[1].at[1][0], trained.rows[1].at[2][0]];
    expect(momentOf(trained, 1, 0.5).values[0]).toBeCloseTo(second + (third - second) / 3, 6);
  });

  const read = (text: string) =>
    text.split(' ').map((word) => {
      const row = words.place(word) ?? null;
      return { word, row, removed: row === null ? 'stop word' : null };
    });

  it('window: the pairs are counted, and the wrong numbers are mistakes', () => {
    const number = sentenceFor(sentences, 'king', words);
    expect(sentences[number].split(' ')).toContain('king');
    const found = windowOf({ words: read(sentences[number]), number }, 3, 1752, 'skipgram')!;
    check(found);
    expect(found.answer).toBe(`${found.pairs.length} pairs`);
    expect(found.reveal).toContain('1,752 pairs');
    const long = Array.from({ length: 40 }, () => 'king').join(' ');
    const cut = windowOf({ words: read(long), number: 0 }, 2, null, 'skipgram')!;
    check(cut);
    expect(cut.question).toContain('the beginning of a sentence');
    check(windowOf({ words: read('king queen throne palace'), number: 0 }, null, 9, 'next-word')!);
    expect(windowOf({ words: read('king'), number: 0 }, 3, 9, 'skipgram')).toBeNull();
  });

  it('window: reads its own sentence to a model whose text is not there, and says so', () => {
    const own = ownSentence(words)!;
    expect(own.words.map(({ word }) => word).join(' ')).toBe(OWN_SENTENCE);
    const found = windowOf(own, 5, null, 'skipgram')!;
    check(found);
    expect(found.text).toContain('ours');
    expect(ownSentence(wordsOf({ one: [1], two: [2] }))).toBeNull();
  });

  it('film: what is done is computed, and the groups are those of the run', () => {
    const found = filmOf(film, 15_000, words.groupNames);
    check(found);
    expect(found.answer).toBe(`${Math.round(100 * behind(film, 0.2))} %`);
    const bare = { ...film, groups: film.groups.map(() => -1) };
    const plain = filmOf(bare, 0, []);
    check(plain);
    expect(plain.reveal).not.toContain('group');
    expect(plain.question).toBe('One run in ten seconds');
  });

  it('wrong: the nearest word is of another group, by a margin; without groups, the loneliest', () => {
    const found = wrongOf(words)!;
    check(found);
    const place = words.place(found.word)!;
    const [first, own] = [found.answer, found.options.filter((o) => o !== found.answer)].flat();
    expect(words.nearest(place, 1)[0].word).toBe(first);
    expect(words.groups[words.place(first)!]).not.toBe(words.groups[place]);
    expect(words.groups[words.place(own)!]).toBe(words.groups[place]);
    const lonely = wrongOf(foreign)!;
    check(lonely);
    expect(lonely.text).not.toContain('sorted');
  });

  it('scale: the factor is that of the census', () => {
    const found = scaleOf(census, 96)!;
    check(found);
    const largest = found.sizes[found.sizes.length - 1];
    expect(found.answer).toBe(`${said(largest.parameters / census.parameters)} times`);
    expect(scaleOf({ ...census, parameters: 1e12 }, 96)).toBeNull();
    // This model fills the picture at first, the largest at the end.
    const sideOf = (share: number, own: boolean) =>
      squaresAt(found.sizes, share).find((one) => (own ? one.own : one.name === largest.name))!
        .side;
    expect(sideOf(0, true)).toBeCloseTo(sideOf(1, false), 6);
    const end = squaresAt(found.sizes, 1);
    expect(end.filter(({ dot }) => dot).map(({ own }) => own)).toEqual([true]);
    const sides = end.filter(({ named }) => named).map(({ side }) => side);
    sides.slice(1).forEach((side, i) => expect(sides[i] - side).toBeGreaterThan(40));
    expect([1.5, 999, 113_674_648, 3.4e9].map(said)).toEqual([
      '1.5', '1 thousand', '110 million', '3.4 billion',
    ]); // prettier-ignore
  });
});

it('counts words as a reader does', () => {
  expect(wordsIn('king − man + woman ≈ queen, 0.95.', 'Yes!')).toBe(6);
});

it('asks only of words that are there', () => {
  const known = new Set(vocabulary.words);
  const asked = questionsFor((word) => known.has(word));
  expect(asked[0]).toEqual({ a: 'man', b: 'king', c: 'woman', expected: 'queen' });
  expect(questionsFor((word) => word !== 'king').some(({ b }) => b === 'king')).toBe(false);
  expect(questionsFor((word) => word.startsWith('k'))).toEqual([]);
});

it('turns the page for a swipe across, and not for a scroll or a touch', () => {
  expect([direction(-80, 10), direction(80, -10), direction(-80, 90), direction(-20, 0)]).toEqual([
    1, -1, 0, 0,
  ]);
});

it('learns the same examples from other numbers, the same for the same seed', () => {
  // 0 and 1 stand beside 2 and 3; 4 beside 5.
  const pairs = [[0, 2], [1, 2], [0, 3], [1, 3], [4, 5], [5, 4], [2, 0], [3, 1]]; // prettier-ignore
  const steps = Array.from({ length: 4000 }, (_, i) => pairs[i % pairs.length]);
  const run = {
    inputs: steps.map(([from]) => from),
    targets: steps.map(([, to]) => to),
    words: 6,
    dim: 4,
    rate: 0.2,
  };
  const once = new OtherRun(run, 1);
  expect(once.advance(100)).toBe(true);
  expect(once.advance(100_000)).toBe(false);
  const again = new OtherRun(run, 1);
  again.advance(4000);
  for (let seed = 1; seed <= 3; seed++) {
    const other = new OtherRun(run, seed);
    other.advance(4000);
    expect(other.nearest(0, 1)).toEqual([1]);
  }
  expect(again.nearest(4, 5)).toEqual(once.nearest(4, 5));
  const [a, b] = [random(1), random(1)];
  expect([a(), a()]).toEqual([b(), b()]);
  expect(random(2)()).not.toBe(random(1)());
});

const hero: Hero = king;
it('keeps the hero out of the words to bet on', () => {
  expect(openingOf(hero, 96, film).options).not.toContain('king');
});
