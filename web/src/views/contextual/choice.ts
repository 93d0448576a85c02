/** How a word's vector is made: layers, what several become, what a word's tokens become. */
import type { Parameters } from '$lib/router.svelte';

export const COMBINATIONS = ['mean', 'sum', 'concat'] as const;
export const POOLINGS = ['mean', 'first', 'last', 'first_last', 'max', 'sum'] as const;

export type Pooling = (typeof POOLINGS)[number];

export interface Choice {
  /** Rising, from 0 to L; at least one. */
  layers: number[];
  combine: (typeof COMBINATIONS)[number] | 'last';
  pooling: Pooling;
}

export const POOLING_NAMES: Record<Pooling, string> = {
  mean: 'mean of its tokens',
  first: 'first token',
  last: 'last token',
  first_last: 'first and last token, joined',
  max: 'largest of each number',
  sum: 'sum of its tokens',
};

/** What the address says, made to fit a model of L layers; the last layer where it says nothing. */
export function choiceOf(parameters: Parameters, most: number): Choice {
  const named = (parameters.layers ?? '')
    .split(',')
    .filter((text) => /^\d+$/.test(text))
    .map(Number)
    .filter((layer) => layer <= most);
  const layers = [...new Set(named)].sort((a, b) => a - b);
  if (!layers.length) layers.push(most);
  const several = COMBINATIONS.find((one) => one === parameters.combine) ?? 'mean';
  return {
    layers,
    combine: layers.length > 1 ? several : 'last',
    pooling: POOLINGS.find((one) => one === parameters.pooling) ?? 'mean',
  };
}

/** How many numbers a word's vector has, where a layer has `dim`. */
export function sizeOf({ layers, combine, pooling }: Choice, dim: number): number {
  return dim * (combine === 'concat' ? layers.length : 1) * (pooling === 'first_last' ? 2 : 1);
}

/** Layers for the address; nothing where it is the last alone. */
export function written(layers: readonly number[], most: number): string | null {
  return layers.length === 1 && layers[0] === most ? null : layers.join(',');
}

/** A layer put in or taken out; one always stays. */
export function toggled(layers: readonly number[], layer: number): number[] {
  if (!layers.includes(layer)) return [...layers, layer].sort((a, b) => a - b);
  return layers.length > 1 ? layers.filter((other) => other !== layer) : [...layers];
}

/** The choice in words: `the mean of layers 3 to 6`. */
export function spoken({ layers, combine }: Choice): string {
  const [first, last] = [layers[0] ?? 0, layers.at(-1) ?? 0];
  if (layers.length === 1) return first === 0 ? 'what enters the first layer' : `layer ${first}`;
  const run = last - first === layers.length - 1;
  const which = run ? `layers ${first} to ${last}` : `layers ${layers.join(', ')}`;
  if (combine === 'concat') return `${which}, one after the other`;
  return `the ${combine === 'sum' ? 'sum' : 'mean'} of ${which}`;
}
