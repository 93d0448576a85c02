/** Tiny runs with the server's answers (scripts/web_fixtures.py), for tests. */
import { decode, fromBase64, type Tensor } from '$lib/api/safetensors';

export interface Fixture {
  name: string;
  replay: string;
  answers: Record<string, unknown>;
}

const files = import.meta.glob<{ default: Fixture }>('./fixtures/*.json', { eager: true });

export const FIXTURES: readonly Fixture[] = Object.values(files).map((file) => file.default);

export function fixture(name: string): Fixture {
  const found = FIXTURES.find((one) => one.name === name);
  if (!found) throw new Error(`no fixture named ${name}`);
  return found;
}

/** An answer with arrays. */
export function binaryAnswer({ answers }: Fixture, address: string) {
  const { base64 } = answers[address] as { base64: string };
  const { metadata, arrays } = decode(fromBase64(base64));
  return { payload: JSON.parse(metadata.payload!) as Record<string, unknown>, arrays };
}

/** The largest difference between two arrays; Infinity where their shapes differ. */
export function difference(
  a: Pick<Tensor, 'shape' | 'data'>,
  b: Pick<Tensor, 'shape' | 'data'>,
): number {
  if (a.shape.join() !== b.shape.join()) return Infinity;
  let most = 0;
  for (let i = 0; i < a.data.length; i++) {
    most = Math.max(most, Math.abs(Number(a.data[i]) - Number(b.data[i])));
  }
  return most;
}
