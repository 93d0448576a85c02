/** The answers of the journey, as the server gives them of a recording of every step. */
import type { BinaryRoutes, Schemas } from '$lib/api/routes';
import { principalAxes } from './axes';
import { type RunHistory, SHOWN_ROWS } from './history';

const SMOOTHED = 500;
const LOSS_POINTS = 20_000;
const SHOWN_WORDS = 2_000;
const SETTLED = 0.9;
const TOPN = 10;

export function lossCurve(history: RunHistory): BinaryRoutes['/api/journey/loss'] {
  const { losses } = history;
  const points = losses.length;
  const smoothed = means(losses);
  const chosen = spread(points, LOSS_POINTS);
  const { loss } = history.run.options;
  const guesses = loss === 'softmax' || loss === 'hierarchical';
  const vector = <A>(data: A) => ({ data, shape: [chosen.length] });
  return {
    payload: {
      unit: 'step',
      window: SMOOTHED,
      chance: guesses ? Math.log(history.run.words.length) : null,
      final: smoothed.at(-1) ?? null,
    },
    arrays: {
      at: vector(Float64Array.from(chosen, (place) => place + 1)),
      loss: vector(Float32Array.from(chosen, (place) => losses[place]!)),
      smoothed: vector(Float32Array.from(chosen, (place) => smoothed[place]!)),
    },
  };
}

/** Of the last 500 losses each. */
export function means(losses: ArrayLike<number>): Float64Array {
  const sums = new Float64Array(losses.length + 1);
  for (let i = 0; i < losses.length; i++) sums[i + 1] = sums[i]! + losses[i]!;
  return Float64Array.from({ length: losses.length }, (_, place) => {
    const start = Math.max(place + 1 - SMOOTHED, 0);
    return (sums[place + 1]! - sums[start]!) / (place + 1 - start);
  });
}

/** Places 0 … count − 1, at most so many, evenly spread. */
function spread(count: number, most: number): number[] {
  if (count <= most) return Array.from({ length: count }, (_, place) => place);
  const step = (count - 1) / (most - 1);
  const places = Array.from({ length: most }, (_, i) => Math.floor(1 + i * step) - 1);
  places[most - 1] = count - 1;
  return [...new Set(places)];
}

export function watchedWords({ byFrequency, run }: RunHistory): Schemas['WatchedWords'] {
  const words = byFrequency.slice(0, SHOWN_WORDS).map((row) => run.words[row]!);
  return { words, of: run.words.length };
}

export function neighborEvolution(
  history: RunHistory,
  word: string,
  topn: number = TOPN,
): Schemas['NeighborEvolution'] {
  const row = history.vectors.rowOf(word);
  const { dim, run } = history;
  const snapshots = history.few().map((snapshot) => {
    const units = history.unitsAt(snapshot);
    const near = run.words.map((other, place) => ({
      word: other,
      row: place,
      cosine: dot(units, row, units, place, dim),
    }));
    near.splice(row, 1);
    near.sort((a, b) => b.cosine - a.cosine);
    return { snapshot, nearest: near.slice(0, topn) };
  });
  return { word, unit: 'step', snapshots };
}

function dot(a: Float64Array, row: number, b: Float64Array, other: number, dim: number): number {
  let sum = 0;
  for (let d = 0; d < dim; d++) sum += a[row * dim + d]! * b[other * dim + d]!;
  return sum;
}

type Answer = Schemas['AnalogyAnswer'];

export function scorecard(history: RunHistory): Schemas['Scorecard'] {
  const snapshots = history.few();
  const known = history.notes.questions.filter((words) =>
    words.every((word) => history.rows.has(word)),
  );
  const answers: Answer[][] = known.map(() => []);
  for (const snapshot of snapshots) {
    const units = history.unitsAt(snapshot);
    known.forEach((question, place) => answers[place]!.push(answerTo(history, units, question)));
  }
  return {
    unit: 'step',
    snapshots,
    questions: known.map(([a, b, c, expected], place) => ({
      a,
      b,
      c,
      expected,
      answers: answers[place]!,
    })),
    unknown: history.notes.questions.length - known.length,
  };
}

/** The word nearest to b − a + c, these three left out. */
function answerTo(
  { dim, rows, run }: RunHistory,
  units: Float64Array,
  question: readonly [string, string, string, string],
): Answer {
  const [a, b, c, d] = question.map((word) => rows.get(word)!) as [number, number, number, number];
  const wanted = new Float64Array(dim);
  for (let i = 0; i < dim; i++) {
    wanted[i] = units[b * dim + i]! - units[a * dim + i]! + units[c * dim + i]!;
  }
  const length = Math.sqrt(wanted.reduce((sum, value) => sum + value * value, 0));
  const direction = length > 0 ? wanted.map((value) => value / length) : wanted;
  const cosines = run.words.map((_, row) =>
    row === a || row === b || row === c ? -Infinity : dot(units, row, direction, 0, dim),
  );
  const best = cosines.reduce((most, cosine, row) => (cosine > cosines[most]! ? row : most), 0);
  const rank = 1 + cosines.filter((cosine) => cosine > cosines[d]!).length;
  return {
    predicted: run.words[best]!,
    similarity: Number.isFinite(cosines[best]!) ? cosines[best]! : null,
    rank,
    correct: rank === 1,
  };
}

export function convergence(history: RunHistory): BinaryRoutes['/api/journey/convergence'] {
  const { dim, run } = history;
  const snapshots = history.many(50);
  const places = history.frequent(SHOWN_WORDS);
  const final = history.unitsAt(history.steps);
  const cosines = new Float32Array(snapshots.length * places.length);
  const settled = new Float64Array(places.length).fill(history.steps);
  const together = new Uint8Array(cosines.length);
  snapshots.forEach((snapshot, number) => {
    const units = history.unitsAt(snapshot);
    places.forEach((row, place) => {
      const cosine = dot(units, row, final, row, dim);
      cosines[number * places.length + place] = cosine;
      together[number * places.length + place] = Number(cosine >= SETTLED);
    });
  });
  places.forEach((_, place) => {
    for (let number = snapshots.length - 1; number >= 0; number--) {
      if (!together[number * places.length + place]) break;
      settled[place] = snapshots[number]!;
    }
  });
  return {
    payload: { unit: 'step', snapshots, words: places.map((row) => run.words[row]!) },
    arrays: {
      cosines: { data: cosines, shape: [snapshots.length, places.length] },
      counts: {
        data: Float64Array.from(places, (row) => run.counts[row]!),
        shape: [places.length],
      },
      settled: { data: settled, shape: [places.length] },
    },
  };
}

export function matricesOverTime(history: RunHistory): BinaryRoutes['/api/journey/matrices'] {
  const { dim, wordsHaveRows, run } = history;
  const snapshots = history.few();
  const nodes = run.training.layout.outputRows;
  const rows = history.frequent(SHOWN_ROWS).filter((row) => wordsHaveRows || row < nodes);
  const shape = [snapshots.length, rows.length, dim];
  const inputs = new Float32Array(snapshots.length * rows.length * dim);
  const outputs = wordsHaveRows ? new Float32Array(inputs.length) : null;
  snapshots.forEach((snapshot, number) => {
    const state = history.at(snapshot);
    rows.forEach((row, place) => {
      const at = (number * rows.length + place) * dim;
      inputs.set(state.inputs.values.subarray(row * dim, (row + 1) * dim), at);
      outputs?.set(state.outputs.values.subarray(row * dim, (row + 1) * dim), at);
    });
  });
  return {
    payload: { unit: 'step', snapshots, rows },
    arrays: {
      inputs: { data: inputs, shape },
      ...(outputs && { outputs: { data: outputs, shape } }),
    },
  };
}

type Pca = Schemas['Trajectories']['pca'];

export function trajectories(
  history: RunHistory,
  pca: Pca = 'final_pca',
): BinaryRoutes['/api/journey/trajectories'] {
  const { dim, run } = history;
  const { mean, covariance } = history.variation(
    pca === 'final_pca' ? [history.steps] : history.pooled(),
  );
  const { axes, explained } = principalAxes(mean, covariance);
  const snapshots = history.many(60);
  const places = history.frequent(SHOWN_WORDS);
  const positions = new Float32Array(snapshots.length * places.length * 2);
  snapshots.forEach((snapshot, number) => {
    const inputs = history.inputsAt(snapshot);
    places.forEach((row, place) => {
      axes.forEach((axis, which) => {
        let sum = 0;
        for (let d = 0; d < dim; d++) sum += (inputs[row * dim + d]! - mean[d]!) * axis[d]!;
        positions[(number * places.length + place) * 2 + which] = sum;
      });
    });
  });
  const groups = wholeGroups(history);
  const groupOf = new Map(groups.flatMap(({ rows }, group) => rows.map((row) => [row, group])));
  return {
    payload: {
      pca,
      unit: 'step',
      snapshots,
      words: places.map((row) => run.words[row]!),
      groups: places.map((row) => groupOf.get(row) ?? -1),
      explained,
    },
    arrays: { positions: { data: positions, shape: [snapshots.length, places.length, 2] } },
  };
}

/** The text's groups of which all words are there. */
export function wholeGroups({ notes, rows }: RunHistory): Schemas['Group'][] {
  return Object.entries(notes.groups)
    .filter(([, words]) => words.every((word) => rows.has(word)))
    .map(([name, words]) => ({ name, rows: words.map((word) => rows.get(word)!) }));
}
