// @vitest-environment node
/** Every kind of question, of every kind of run, for a thousand seeds. */
import { describe, expect, it } from 'vitest';
import { LOSSES } from '$lib/losses';
import { compose, questionOf } from './compose';
import { KINDS } from './kinds';
import { parseNumber } from './numbers';
import { answerText, isRight, mistakeOf, plainText, type Question } from './question';
import { largerRun, RECORDED, seeded } from './quiz.test-data';

const SEEDS = 1000;
const SEEDS_OF_LARGER = 20;

/** All that a question says. */
function textsOf({ asks, exhibit, answer, worked }: Question): string[] {
  const shown =
    exhibit?.type === 'table'
      ? [
          exhibit.caption,
          ...exhibit.head,
          ...exhibit.rows.flatMap(({ name, cells }) => [name, ...cells]),
        ]
      : [];
  const answers =
    answer.type === 'choice'
      ? answer.choices.flatMap(({ says, mistake }) => [
          says,
          ...(mistake ? [[mistake.name], mistake.why] : []),
        ])
      : answer.traps.flatMap(({ mistake }) => [[mistake.name], mistake.why]);
  return [...[...asks, ...worked, ...answers].map(plainText), ...shown];
}

function faultsOf(question: Question): string[] {
  const faults: string[] = [];
  const must = (holds: boolean, fault: string) => {
    if (!holds) faults.push(fault);
  };
  for (const text of textsOf(question)) {
    must(!/NaN|undefined|Infinity|∞|null|\[object/.test(text), `says “${text}”`);
  }
  must(question.asks.length > 0 && question.worked.length > 0, 'asks or explains nothing');
  const { answer } = question;
  if (answer.type === 'number') {
    must(
      isRight(answer, parseNumber(answerText(answer), answer.digits === 0) ?? NaN),
      'its own answer is wrong',
    );
    for (const { value } of answer.traps) {
      must(!isRight(answer, value), `a trap is right: ${value}`);
      must(mistakeOf(answer, value) !== null, `a trap is not known: ${value}`);
    }
    return faults;
  }
  const { choices, right, margin } = answer;
  const texts = choices.map(({ says }) => plainText(says));
  must(choices.length >= 3 && choices.length <= 4, `${choices.length} choices`);
  must(new Set(texts).size === texts.length, `equal choices: ${texts.join(' | ')}`);
  must(
    texts.every((text) => text.trim() !== ''),
    'an empty choice',
  );
  must(
    choices.every(({ mistake }, at) => (mistake === null) === (at === right)),
    'not one right choice',
  );
  const names = choices.flatMap(({ mistake }) => mistake?.name ?? []);
  must(new Set(names).size === choices.length - 1, `equal mistakes: ${names.join(' | ')}`);
  if (margin !== null) {
    const own = choices[right]!.measure!;
    choices.forEach(({ measure }, at) =>
      must(at === right || Math.abs(measure! - own) >= margin, `within the margin: ${texts[at]}`),
    );
  }
  return faults;
}

const LARGER = (['skipgram', 'cbow', 'next-word'] as const).flatMap((architecture) =>
  LOSSES.flatMap(({ name: loss }) =>
    (['sgd', 'adam'] as const).map(
      (optimizer) =>
        [
          `${architecture}-${loss}-${optimizer}, forty words`,
          SEEDS_OF_LARGER,
          () => largerRun({ architecture, loss: loss as 'softmax', optimizer }),
        ] as const,
    ),
  ),
);

const ALL = [...RECORDED.map(([name, make]) => [name, SEEDS, make] as const), ...LARGER];

describe.each(ALL)('%s', (_name, seeds, make) => {
  const data = make();
  // In their order steps follow from each other; at random each would begin anew.
  for (let step = 1; step <= data.run!.facts.steps; step++) data.run!.step(step);

  it('asks nothing doubtful for any seed', () => {
    const faults: string[] = [];
    for (let seed = 0; seed < seeds; seed++) {
      const own = seeded(data, String(seed));
      for (const kind of KINDS) {
        const question = questionOf(kind, String(seed), own);
        if (!question) continue;
        faults.push(...faultsOf(question).map((fault) => `seed ${seed}, ${kind.id}: ${fault}`));
      }
    }
    expect(faults.slice(0, 20)).toEqual([]);
  });

  it('has at least fifteen kinds', () => {
    for (const seed of ['1', '7', 'class 8b']) {
      expect(compose(seed, seeded(data, seed)).length).toBeGreaterThanOrEqual(15);
    }
  });

  it('asks the same for the same seed', () => {
    const [once, again] = [compose('7', seeded(data, '7')), compose('7', seeded(make(), '7'))];
    expect(again).toEqual(once);
    expect(compose('8', seeded(data, '8'))).not.toEqual(once);
  });
});
