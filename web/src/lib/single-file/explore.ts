/** Explore's answers, computed in the page as the server computes them. */
import { ProblemError } from '$lib/api/problem';
import type { Schemas } from '$lib/api/routes';
import type { Units, Vectors } from './vectors';

type Space = Schemas['Neighbors']['space'];

const COMPARED = 50; // nearest words of both, of which the shared ones are told

export function findWords(vectors: Vectors, search: string, limit: number): Schemas['FoundWords'] {
  const wanted = search.toLowerCase();
  const { words, counts } = vectors;
  const rows = words.map((_, row) => row);
  if (counts.length) rows.sort((a, b) => counts[b]! - counts[a]!);
  const rank = (row: number): number => {
    if (words[row] === search) return 0;
    const place = words[row]!.toLowerCase().indexOf(wanted);
    return place === 0 ? 1 : place > 0 ? 2 : 3;
  };
  const found = [0, 1, 2].flatMap((wantedRank) => rows.filter((row) => rank(row) === wantedRank));
  const shown = (row: number) => ({ word: words[row]!, row, count: counts[row] ?? null });
  return {
    search,
    words: found.slice(0, limit).map(shown),
    near: found.length || !search ? [] : spelledAlike(search, words, rows).map(shown),
  };
}

const MOST_ALIKE = 3;

/** Rows of words of about the same letters, the closest first; the same rule as the server's. */
function spelledAlike(search: string, words: readonly string[], rows: readonly number[]): number[] {
  const wanted = search.toLowerCase();
  const allowed = 1 + Number(search.length > 4) + Number(search.length > 8);
  return rows
    .filter((row) => Math.abs(words[row]!.length - search.length) <= allowed)
    .map((row) => ({ row, distance: editDistance(wanted, words[row]!.toLowerCase()) }))
    .filter(({ distance }) => distance <= allowed)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, MOST_ALIKE)
    .map(({ row }) => row);
}

/** Letters put in, left out or exchanged (Levenshtein). */
export function editDistance(a: string, b: string): number {
  let before = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = before[j - 1]! + Number(a[i - 1] !== b[j - 1]);
      row.push(Math.min(before[j]! + 1, row[j - 1]! + 1, changed));
    }
    before = row;
  }
  return before[b.length]!;
}

export function neighbors(
  vectors: Vectors,
  word: string,
  space: Space,
  topn: number,
): Schemas['Neighbors'] {
  const row = vectors.rowOf(word);
  const [asked, searched = asked] = space.split('-') as ['input' | 'output', 'input' | 'output'];
  const direction = vectors.unit(row, matrix(vectors, asked));
  // In the other matrix the word itself is an answer like any.
  const except = asked === searched ? [row] : [];
  return {
    word,
    row,
    space,
    nearest: vectors.nearest(direction, matrix(vectors, searched), topn, except),
  };
}

function matrix(vectors: Vectors, name: 'input' | 'output'): Units {
  const found = vectors[name];
  if (found) return found;
  throw new ProblemError('there is no W′ with a row a word in this file', 404, '');
}

export function analogy(
  vectors: Vectors,
  positive: readonly string[],
  negative: readonly string[],
  topn: number,
): Schemas['Analogy'] {
  if (!positive.length && !negative.length) {
    throw new ProblemError(
      'neither positive nor negative names a word; expected at least one',
      422,
      '',
    );
  }
  const term = (sign: 1 | -1) => (word: string) => {
    const row = vectors.rowOf(word);
    return { word, row, sign, vector: Array.from(vectors.unit(row)) };
  };
  const terms = [...positive.map(term(1)), ...negative.map(term(-1))];
  const sum = Array.from({ length: vectors.dim }, (_, d) =>
    terms.reduce((total, { sign, vector }) => total + sign * vector[d]!, 0),
  );
  const except = terms.map(({ row }) => row);
  return { terms, sum, nearest: vectors.nearest(sum, vectors.input, topn, except) };
}

export function similarity(vectors: Vectors, words: readonly string[]): Schemas['SimilarityList'] {
  const different = [...new Set(words)];
  const known = different.filter((word) => vectors.has(word));
  const found = known.map((word) => vectors.unit(vectors.rowOf(word)));
  return {
    words: known,
    unknown: different.filter((word) => !vectors.has(word)),
    cosines: found.map((a) => found.map((b) => vectors.dot(a, b))),
  };
}

export function compare(vectors: Vectors, a: string, b: string): Schemas['WordComparison'] {
  const rows: [number, number] = [vectors.rowOf(a), vectors.rowOf(b)];
  const { dim, inputs, input, counts } = vectors;
  const [one, other] = rows.map((row) =>
    Array.from({ length: dim }, (_, d) => inputs[row * dim + d]!),
  ) as [number[], number[]];
  const [near, nearToo] = [one, other].map((vector) =>
    vectors.nearest(vector, input, COMPARED, rows),
  ) as [Schemas['Near'][], Schemas['Near'][]];
  const both = new Set(nearToo.map(({ row }) => row));
  return {
    a,
    b,
    cosine: vectors.dot(vectors.unit(rows[0]), vectors.unit(rows[1])),
    euclidean: Math.sqrt(one.reduce((sum, value, d) => sum + (value - other[d]!) ** 2, 0)),
    norms: [input.norms[rows[0]]!, input.norms[rows[1]]!],
    counts: counts.length ? [counts[rows[0]]!, counts[rows[1]]!] : null,
    a_vector: one,
    b_vector: other,
    shared: near.filter(({ row }) => both.has(row)).map(({ word }) => word),
  };
}
