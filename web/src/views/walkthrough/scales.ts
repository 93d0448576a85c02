/** Bounds of colours and bars, shared by the steps shown so that these can be compared. */
import { extent } from '$lib/charts/palette.svelte';
import type { Numbers, ShownStep } from './shown-step';
import { type Bounds, roundedBounds } from './spectrum';

export interface Scales {
  /** Sizes with the full colour. */
  weights: number;
  forces: number;
  scores: Bounds;
  probabilities: Bounds;
  errors: Bounds;
}

const known = new WeakMap<readonly ShownStep[], Scales>();

/** Computed once, however many stages ask. */
export function sharedScales(shown: readonly ShownStep[]): Scales {
  const found = known.get(shown) ?? computed(shown);
  known.set(shown, found);
  return found;
}

function computed(shown: readonly ShownStep[]): Scales {
  const largest = (of: (step: ShownStep) => Numbers[]) =>
    Math.max(...shown.flatMap((step) => of(step).map(extent)));
  const bounds = (of: (step: ShownStep) => Numbers, always: number[] = []) => {
    const all = shown.map((step) => roundedBounds(of(step), always));
    return {
      least: Math.min(...all.map(({ least }) => least)),
      most: Math.max(...all.map(({ most }) => most)),
    };
  };
  return {
    weights: largest(({ arrays }) => [arrays.input_before.data, arrays.hidden.data]),
    forces: largest(({ arrays }) => [
      arrays.attractive.data,
      arrays.repulsive.data,
      arrays.hidden_gradient.data,
    ]),
    scores: bounds(({ arrays }) => arrays.logits.data),
    probabilities: bounds(
      ({ arrays }) => arrays.probabilities.data,
      shown.map((step) => 1 / step.words.length),
    ),
    errors: bounds((step) => step.errors()),
  };
}
