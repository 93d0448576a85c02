/** A weight after a step. */
import { mistake, number, reachable } from '../asking';
import { kindOf } from '../kind';
import { closed, decimals, plain, significant } from '../numbers';
import { say } from '../question';
import type { ShownStep } from '$views/walkthrough/shown-step';
import { roleOf, rowNamed, singlePlaces, stepIs, stepLink, symbolOf } from '../told';

const DIGITS = 3;
/** The smallest change that is asked for: three of the last digit. */
const LEAST = 0.003;

export const WEIGHT = kindOf({
  id: 'weight',
  title: 'The new weight',
  needs: ['run'],
  generate: (rng, { run }) => {
    const { shown } = run.anyStep(rng);
    const places = singlePlaces(shown);
    const pulling = places.filter((place) => shown.label(place) === 1);
    const place = rng.pick(pulling.length && rng.chance(0.7) ? pulling : [...places, ...pulling]);
    const d = rng.below(shown.dim);
    return shown.adam ? withAdam(shown, place, d) : withDescent(shown, place, d);
  },
});

const bothOf = (shown: ShownStep, place: number, d: number) =>
  [shown.output(place)[d]!, shown.output(place, 'after')[d]!] as const;

const ASKED = say`What is the weight after the step, to ${DIGITS} digits behind the point?`;

function withDescent(shown: ShownStep, place: number, d: number) {
  const [before, after] = bothOf(shown, place, d);
  const symbol = symbolOf(shown.loss);
  const rate = plain(shown.facts.learning_rate);
  const [w, h] = [decimals(before, 4), decimals(shown.arrays.hidden.data[d]!, 4)];
  const p = decimals(shown.probability(place), 4);
  const y = shown.label(place);
  const gradient = (p.value - y) * h.value;
  const found = w.value - rate.value * gradient;
  const answer = number(after, DIGITS, [
    {
      value: w.value + rate.value * gradient,
      mistake: mistake(
        'up the slope',
        say`The gradient points to where the loss grows; a step goes against it: minus.`,
      ),
    },
    {
      value: w.value - gradient,
      mistake: mistake(
        'the learning rate is forgotten',
        say`Only η = ${rate} of the gradient is gone in a step.`,
      ),
    },
    {
      value: w.value,
      mistake: mistake('the old weight', say`The error is not 0, so that the weight moves.`),
    },
    {
      value: w.value - rate.value * h.value,
      mistake: mistake(
        'the error is forgotten',
        say`The gradient is the error ${symbol} − y times h, not h alone.`,
      ),
    },
    {
      value: w.value - rate.value * p.value * h.value,
      mistake: mistake(
        'the label is forgotten',
        say`The error is ${symbol} − y, and y is ${y} here.`,
      ),
    },
    {
      value: -rate.value * gradient,
      mistake: mistake('the change alone', say`That is what is added to the old weight.`),
    },
  ]);
  if (Math.abs(after - before) < LEAST || !reachable(answer, found)) return null;
  const error = decimals(p.value - y, 4);
  return {
    asks: [
      stepIs(shown),
      say`In dimension ${d + 1} the row of ${rowNamed(shown, place)} (${roleOf(shown, place)}: y = ${y}) has the weight ${w}, and h has ${h}. ${symbol} = ${p}, and the learning rate is η = ${rate}.`,
      ASKED,
    ],
    exhibit: null,
    answer,
    worked: [
      say`gradient = (${symbol} − y) · h = (${p} − ${y}) · ${closed(h)} = ${error} · ${closed(h)} = ${significant(gradient, 4)}`,
      say`new weight = ${w} − ${rate} · ${closed(significant(gradient, 4))} = ${decimals(after, DIGITS)}`,
    ],
    link: stepLink(shown, 'update', shown.rows[place]),
  };
}

function withAdam(shown: ShownStep, place: number, d: number) {
  const [before, after] = bothOf(shown, place, d);
  const { learning_rate, number: step, beta1, beta2 } = shown.facts;
  const [first, second] = [shown.outputMoment(place, 'first'), shown.outputMoment(place, 'second')];
  if (!first || !second || beta1 === null || beta2 === null) return null;
  const rate = plain(learning_rate);
  const w = decimals(before, 4);
  const m = significant(first[d]! / (1 - beta1 ** step), 4);
  const root = significant(Math.sqrt(second[d]! / (1 - beta2 ** step)), 4);
  const found = w.value - (rate.value * m.value) / root.value;
  const slope = shown.outputGradient(place)[d]!;
  const answer = number(after, DIGITS, [
    {
      value: w.value + (rate.value * m.value) / root.value,
      mistake: mistake(
        'up the slope',
        say`The gradient points to where the loss grows; a step goes against it: minus.`,
      ),
    },
    {
      value: w.value - rate.value * slope,
      mistake: mistake(
        'plain gradient descent',
        say`Adam moves by the ratio of its running means, not by the gradient of this step.`,
      ),
    },
    {
      value: w.value - rate.value * m.value,
      mistake: mistake(
        'the root is forgotten',
        say`The mean of the gradient is divided by the root of the mean of its square.`,
      ),
    },
    {
      value: w.value - m.value / root.value,
      mistake: mistake('the learning rate is forgotten', say`The ratio counts η = ${rate} times.`),
    },
    {
      value: w.value,
      mistake: mistake('the old weight', say`The running mean is not 0, so that the weight moves.`),
    },
  ]);
  if (root.value < 1e-6 || Math.abs(m.value) < 1e-6) return null;
  if (Math.abs(after - before) < LEAST || !reachable(answer, found)) return null;
  return {
    asks: [
      stepIs(shown),
      say`In dimension ${d + 1} the row of ${rowNamed(shown, place)} has the weight ${w}. After this step Adam’s running mean of the gradient is ${m}, and the root of that of its square ${root}, both made good for their start at 0; ε is too small to count. The learning rate is η = ${rate}.`,
      ASKED,
    ],
    exhibit: null,
    answer,
    worked: [
      say`new weight = ${w} − η · mean / root = ${w} − ${rate} · ${closed(m)} / ${root}`,
      say`= ${w} − ${closed(significant((rate.value * m.value) / root.value, 4))} = ${decimals(after, DIGITS)}`,
    ],
    link: stepLink(shown, 'update', shown.rows[place]),
  };
}
