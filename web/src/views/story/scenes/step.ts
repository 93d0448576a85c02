/** One step, slowly: bet on the word that stood there, and see how surprised the model was. */
import type { StepData } from '$lib/api/routes';
import { fixed, whole } from '$lib/charts/format';
import { lossOf } from '$lib/losses';
import { href } from '$lib/router.svelte';
import { inOrder, type Telling } from '../telling';
import type { Words } from '../words';

export interface Surprise {
  word: string;
  /** What the model gave it, or null where this step did not ask. */
  probability: number | null;
  right: boolean;
}

export interface OneStep extends Telling {
  number: number;
  /** The words that go in. */
  given: readonly string[];
  target: string;
  loss: number;
  /** The loss of who knows nothing; null where it depends on what is not known. */
  blind: number | null;
  /** What that is. */
  blindly: string;
  bets: readonly Surprise[];
  /** The bets' probabilities are shares of one whole. */
  whole: boolean;
}

export interface StepList {
  /** Rows of the model, from step `first` on. */
  center: ArrayLike<number>;
  target: ArrayLike<number>;
  loss: ArrayLike<number>;
  first: number;
}

/** A surprise that is worth a bet: something is learned, and nothing is certain. */
const WORTHWHILE = -Math.log(0.12);
const OTHER_WORD = 1; // so far off may the hero's surprise be before another word is taken

/**
 * A step of the second half whose surprise is neither small nor large, with the hero if it can be.
 *
 * @param row Of the hero in the model.
 * @param softmax Losses are surprises; else the middle one of the hero's losses is taken.
 * @returns Its number.
 */
export function chooseStep(steps: StepList, row: number, cbow: boolean, softmax: boolean): number {
  const { center, target, loss, first } = steps;
  const half = Math.floor(center.length / 2);
  const own = cbow ? target : center;
  const heroic = Array.from(loss).filter((_, at) => at >= half && own[at] === row);
  const losses = heroic.length ? heroic : Array.from(loss).slice(half);
  losses.sort((a, b) => a - b);
  const wanted = softmax ? WORTHWHILE : losses[Math.floor(losses.length / 2)];
  let [found, least] = [half, Infinity];
  for (let at = half; at < center.length; at++) {
    if (center[at] === target[at] && !cbow) continue;
    const cost = (own[at] === row ? 0 : OTHER_WORD) + Math.abs(loss[at] - wanted);
    if (cost < least) [found, least] = [at, cost];
  }
  return first + found;
}

/** The loss of a model that knows nothing; null where the loss has no such value. */
export function blindLoss(step: StepData, words: number): { value: number; name: string } | null {
  const { loss_name: name } = step.payload;
  const questions = step.arrays.labels.data.length;
  if (name === 'softmax') {
    return { value: Math.log(words), name: `a blind guess among ${whole(words)} words` };
  }
  if (name === 'negative' || name === 'hierarchical') {
    return { value: questions * Math.LN2, name: `${whole(questions)} coins tossed` };
  }
  return null;
}

const BETS = 4;

/** @param nameOf A word by its row; '' where it is not known. */
export function stepOf(
  step: StepData,
  words: Words,
  vocabulary: number,
  nameOf: (row: number) => string,
): OneStep | null {
  const { payload } = step;
  const cbow = payload.architecture === 'cbow';
  const target = nameOf(payload.target);
  const given = [...new Set(cbow ? payload.context.map(nameOf) : [nameOf(payload.center)])];
  const bets = betsOf(step, words, target, given, nameOf);
  if (!target || bets.length < 3) return null;
  const blind = blindLoss(step, vocabulary);
  const one = given.length === 1 ? given[0] : 'these';
  const asked = lossOf(payload.loss_name);
  return {
    question: cbow
      ? 'Which word stood in the middle?'
      : payload.architecture === 'next-word'
        ? `Which word came after ${one}?`
        : `Which word stood near ${one}?`,
    text: `Step ${whole(payload.number)} of ${whole(payload.steps)}. ${cbow ? `Around it: ${given.join(', ')}. ` : ''}The text has one answer here; the model must bet on it. So must you.`,
    options: inOrder(bets.map(({ word }) => word)),
    answer: target,
    reveal: asked.asksAll
      ? `The model gave ${target} ${percentOf(payload.probability)}. Its surprise is −ln of that: ${fixed(payload.loss, { digits: 2 })}. Learning means being surprised less.`
      : `Its surprise, the loss of all its ${asked.title.toLowerCase()} questions, is ${fixed(payload.loss, { digits: 2 })}. Learning means being surprised less.`,
    more: {
      label: 'This step, number by number',
      href: href('walkthrough', { step: payload.number }),
    },
    number: payload.number,
    given,
    target,
    loss: payload.loss,
    blind: blind?.value ?? null,
    blindly: blind?.name ?? '',
    bets,
    whole: asked.asksAll,
  };
}

/** The target, and what the step asked beside it: the likeliest words, or the negatives. */
function betsOf(
  { payload, arrays }: StepData,
  words: Words,
  target: string,
  given: readonly string[],
  nameOf: (row: number) => string,
): Surprise[] {
  const { output_rows: rows, probabilities } = arrays;
  const right: Surprise = { word: target, probability: payload.probability, right: true };
  const asked = payload.tree
    ? []
    : Array.from(rows.data, (row, i): Surprise => ({
        word: nameOf(Number(row)),
        probability: probabilities.data[i],
        right: false,
      })).sort((a, b) => b.probability! - a.probability! || (a.word < b.word ? -1 : 1));
  const rest = words
    .frequent()
    .map((place): Surprise => ({ word: words.words[place], probability: null, right: false }));
  const seen = new Set([target, ...given, '']);
  const found: Surprise[] = [];
  for (const one of [...asked, ...rest]) {
    if (found.length === BETS - 1) break;
    if (seen.has(one.word)) continue;
    seen.add(one.word);
    found.push(one);
  }
  return [right, ...found];
}

const percentOf = (share: number) => `${fixed(100 * share, { digits: share < 0.1 ? 1 : 0 })} %`;
