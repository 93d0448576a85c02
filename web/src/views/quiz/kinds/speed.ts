/** Which loss curve belongs to ten times the learning rate: trained on the spot. */
import { choices, mistake } from '../asking';
import { kindOf } from '../kind';
import { fixed } from '$lib/charts/format';
import { plain } from '../numbers';
import { say } from '../question';
import type { RateCurve } from '../rates';

const ASKED = 10;
/** Curves differ by this part of the whole range, on average, where both are still numbers. */
const MARGIN = 0.04;

export const SPEED = kindOf({
  id: 'speed',
  title: 'Ten times the learning rate',
  needs: ['rates'],
  generate: (rng, { rates }) => {
    const asked = rates.curves.find(({ factor }) => factor === ASKED)!;
    const values = rates.curves.flatMap(({ loss }) => loss);
    const range = Math.max(...values) - Math.min(...values);
    const others = rates.curves.filter((curve) => curve !== asked);
    if (
      asked.loss.length === 0 ||
      !(range > 0) ||
      others.some((curve) => apart(curve, asked) < MARGIN * range)
    )
      return null;
    const shuffled = rng.shuffled(rates.curves);
    const letter = (curve: RateCurve) => 'ABCD'[shuffled.indexOf(curve)]!;
    const rate = (factor: number) => plain(factor * rates.rate);
    const why: Record<number, ReturnType<typeof say>> = {
      0.01: say`This is η = ${rate(0.01)}: with steps so small the loss hardly moves.`,
      0.1: say`This is η = ${rate(0.1)}: it learns, but slowly.`,
      1: say`This is η = ${rate(1)}, the run’s own rate.`,
    };
    const called: Record<number, string> = {
      0.01: 'large steps stand still',
      0.1: 'large steps are slow',
      1: 'the run’s own rate',
    };
    const answer = choices(
      rng,
      { says: [letter(asked)] },
      others.map((curve) => ({
        says: [letter(curve)],
        mistake: mistake(called[curve.factor]!, why[curve.factor]!),
      })),
    );
    const end = (curve: RateCurve) => fixed(curve.loss.at(-1));
    const start = (curve: RateCurve) => fixed(curve.loss[0]);
    const stretch = rates.steps / rates.x.length;
    const stopped = asked.loss.length < rates.x.length;
    return (
      answer && {
        asks: [
          say`This model was trained again in this page, its first ${rates.steps} steps, with the same start, text and order: once with its own learning rate η = ${plain(rates.rate)}, and with 1/100, 1/10 and ten times that.`,
          say`Which curve of the loss belongs to ten times η, ${rate(10)}?`,
        ],
        exhibit: {
          type: 'curves',
          caption: `Mean loss of ${stretch} steps at a time`,
          x: rates.x,
          lines: shuffled.map((curve) => ({ name: letter(curve), y: curve.loss })),
        },
        answer: {
          ...answer,
          choices: inOrder(answer.choices),
          right: 'ABCD'.indexOf(letter(asked)),
        },
        worked: [
          ...shuffled.map(
            (curve) =>
              say`${letter(curve)}: η = ${rate(curve.factor)}, from ${start(curve)} in the first ${stretch} steps to ${end(curve)} in the last.`,
          ),
          stopped
            ? say`With ten times η the weights ran off: the curve ends where the loss is no number any more.`
            : said(
                asked,
                rates.curves.find(({ factor }) => factor === 1)!,
              ),
        ],
        link: {
          view: 'journey',
          parameters: { at: 'loss' },
          label: 'The run’s own loss in the journey',
        },
      }
    );
  },
});

/** Said by the figures: who fell first, and who ends lower. */
function said(fast: RateCurve, own: RateCurve) {
  const first = fast.loss[0]! < own.loss[0]!;
  const last = fast.loss.at(-1)! < own.loss.at(-1)!;
  if (first && last)
    return say`Ten times η falls faster from the start, and over these steps ends lower as well.`;
  if (first)
    return say`Ten times η falls faster at first, but its steps are too large to settle: in the end the run’s own rate is lower.`;
  if (last)
    return say`Ten times η starts badly, with steps too large, and ends lower than the run’s own rate nevertheless.`;
  return say`Steps ten times as large go too far: the loss stays above that of the run’s own rate.`;
}

const inOrder = <T extends { says: readonly unknown[] }>(all: readonly T[]): T[] =>
  all.toSorted((a, b) => (String(a.says[0]) < String(b.says[0]) ? -1 : 1));

/** The mean difference of two curves; Infinity where one ends before the other. */
function apart(a: RateCurve, b: RateCurve): number {
  if (a.loss.length !== b.loss.length) return Infinity;
  return a.loss.reduce((sum, value, at) => sum + Math.abs(value - b.loss[at]!), 0) / a.loss.length;
}
