/** The place of a model among models that are known, on a scale of powers of ten. */
import type { Schemas } from '$lib/api/routes';
import { short, whole } from '$lib/charts/format';

export interface Entry {
  name: string;
  parameters: number;
  /** How the number comes about. */
  shape: string;
  source: string;
  /** The model that is open. */
  own: boolean;
}

type Census = Pick<Schemas['Census'], 'layers' | 'parameters' | 'comparisons'>;

/** The open model among the known ones, smallest first. */
export function ranked(census: Census, name: string): Entry[] {
  const own: Entry = {
    name,
    parameters: census.parameters,
    shape: census.layers
      .map((layer) => `${layer.name}: ${layer.shape.map(whole).join(' × ')}`)
      .join(', '),
    source: 'Counted from its matrices',
    own: true,
  };
  const known = census.comparisons.map((one) => ({ ...one, own: false }));
  return [own, ...known].sort((a, b) => a.parameters - b.parameters);
}

/** The power of ten at or above the largest. */
export function decades(entries: readonly Entry[]): number {
  const largest = Math.max(10, ...entries.map((entry) => entry.parameters));
  return Math.ceil(Math.log10(largest));
}

/** Where a number stands on a scale from 1 to 10^decades, 0 … 1. */
export function place(parameters: number, most: number): number {
  return Math.min(1, Math.log10(Math.max(1, parameters)) / most);
}

/** How often the open model would fit into another, or the other way round. */
export function times(other: number, own: number): string {
  const said = (ratio: number) => (ratio < 1e6 ? whole(ratio) : short(ratio));
  return other >= own ? `${said(other / own)} × as many` : `1 in ${said(own / other)} of them`;
}
