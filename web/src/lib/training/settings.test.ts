import { beforeEach, describe, expect, it } from 'vitest';
import { TrainingError } from './options';
import { bundledText, decode, encode, LONGEST_IN_LINK, nameOf, type Settings } from './settings';
import { MOST_LETTERS, takenIn } from './intake';
import { Training } from './run';
import { TEXTS } from './texts';
import { notesOf, trainingOptions } from './settings';

const kings = () => bundledText('kings')!;
const own = (text: string): Settings => ({ ...kings(), bundled: null, text });

beforeEach(() => sessionStorage.clear());

describe('settings in an address', () => {
  it('says a bundled text by its name and only what is not as usual', async () => {
    expect(await encode(kings())).toBe('kings');
    const { options } = kings();
    const other = { ...kings(), options: { ...options, window: 5, alpha: 0.05 } };
    expect(await encode(other)).toBe('kings,eta:0.05,window:5');
  });

  it.each<[string, Settings]>([
    ['a text', own('dog cat\ncat dog 👑\n')],
    ['stop words', { ...own('a b'), stop: 'none', also: ['dog', 'ß'] }],
    ...(['skipgram', 'cbow', 'next-word'] as const).flatMap((architecture) =>
      (['sgd', 'adam'] as const).map((optimizer): [string, Settings] => [
        `${architecture} ${optimizer}`,
        {
          ...kings(),
          options: { ...kings().options, architecture, optimizer, loss: 'nce', seed: 9 },
        },
      ]),
    ),
  ])('comes back as it was: %s', async (_, settings) => {
    expect(await decode(await encode(settings))).toEqual(settings);
  });

  it('keeps a text that is too long for a link in the tab', async () => {
    const words = Array.from({ length: 6_000 }, (_, i) => (i * 7919).toString(36)).join(' ');
    const code = await encode(own(words));
    expect(code).toMatch(/^s~[a-z0-9]+$/);
    expect((await decode(code)).text).toBe(words);
    sessionStorage.clear();
    await expect(decode(code)).rejects.toThrow(/too long for a link/);
    expect((await encode(own(words.slice(0, 3_000)))).length).toBeLessThan(LONGEST_IN_LINK);
  });

  it.each([
    ['nowhere', /no text “nowhere”; expected one of kings, weather/],
    ['t~###', /damaged/],
    ['t~', /damaged/],
    ['kings,window:0', /window is 0/],
    ['kings,window:x', /window is NaN/],
    ['kings,loss:hinge', /loss is “hinge”/],
    ['kings,speed:9', /“speed”, which is no setting/],
    ['kings,stop:french', /stop:french; expected one of english/],
  ])('refuses %s in words', async (code, message) => {
    await expect(decode(code)).rejects.toThrow(TrainingError);
    await expect(decode(code)).rejects.toThrow(message);
  });
});

describe('a text is taken in', () => {
  it.each([
    [
      'The king’s dog. “Woof!” it said; then…  silence?',
      'The king’s dog\nWoof\nit said\nthen\nsilence',
    ],
    ['one\r\ntwo\rthree', 'one\ntwo\nthree'],
    ['3.14 and e.g. www.example.org, (well)', '3.14 and e.g\nwww.example.org well'],
    ['mother-in-law — don’t', 'mother-in-law don’t'],
    ['a\u202eb\u200bc \u00ad', 'abc'],
    ['我爱猫。猫爱我！', '我爱猫\n猫爱我'],
    ['нет, да. हिन्दी में', 'нет да\nहिन्दी में'],
    ['🐱 purrs 👑!', '🐱 purrs 👑'],
    ['# heading\n- item', 'heading\nitem'],
  ])('%j', (raw, expected) => {
    const { text, cut } = takenIn(raw);
    expect(text).toBe(expected);
    expect(cut).toBe(0);
    expect(takenIn(text).text).toBe(text);
  });

  it('cuts what is too long at a word, and says how much', () => {
    const raw = 'word '.repeat(MOST_LETTERS / 5 + 10);
    const { text, cut } = takenIn(raw);
    expect(text.length).toBeLessThanOrEqual(MOST_LETTERS);
    expect(text.endsWith('word')).toBe(true);
    expect(cut).toBeGreaterThanOrEqual(50);
  });
});

describe.each(TEXTS.map((one) => [one.id, one] as const))('the text %s', (id, bundled) => {
  const settings = bundledText(id)!;
  const training = new Training(settings.text, trainingOptions(settings), nameOf(settings));

  it('has all words of its groups, its questions and its first words', () => {
    const known = new Set(training.text.words);
    const { groups, questions } = notesOf(settings);
    for (const word of [...Object.values(groups), ...questions, bundled.words].flat()) {
      expect(known, word).toContain(word);
    }
  });

  it('fits into a lesson', () => {
    expect(training.text.words.length).toBeGreaterThan(60);
    expect(training.text.words.length).toBeLessThan(140);
  });
});
