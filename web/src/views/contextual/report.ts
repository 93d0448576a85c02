/** The report on every layer: which sentences it is of, and what its lines and cells show. */
import type { Schemas } from '$lib/api/routes';
import { fixed } from '$lib/charts/format';
import { cutTo, EXAMPLES } from './sentences';

type Layer = Schemas['ContextualLayerMeasures'];
type Estimate = Schemas['ContextualEstimate'];
export type Measure = 'anisotropy' | 'self_similarity' | 'intra_sentence';

/** As many sentences as the server takes. */
export const MOST_REPORTED = 50;

/**
 * The different sentences of some lines, each cut to what the server takes.
 *
 * @param withExamples Whether the examples' sentences come behind them.
 */
export function reported(lines: readonly string[], most: number, withExamples = true): string[] {
  const examples = withExamples ? EXAMPLES.flatMap(({ first, second }) => [first, second]) : [];
  const kept = [...lines, ...examples]
    .map((line) => cutTo(line.trim(), most).kept)
    .filter((line) => line !== '');
  return [...new Set(kept)].slice(0, MOST_REPORTED);
}

/** A measure's line: the layers that have it, and its values. */
export function curve(layers: readonly Layer[], measure: Measure): { x: number[]; y: number[] } {
  const known = layers.flatMap(({ layer, [measure]: { value } }) =>
    value === null ? [] : [{ layer, value }],
  );
  return { x: known.map(({ layer }) => layer), y: known.map(({ value }) => value) };
}

/** A measure with half of its interval, where it has one. */
export function withSpread({ value, half }: Estimate): string {
  if (value === null) return '–';
  const said = fixed(value, { digits: 2 });
  return half === null ? said : `${said} ± ${fixed(half, { digits: 2 })}`;
}
