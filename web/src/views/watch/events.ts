/** What a run tells while it trains (`LiveRun.since` in Python), and what the page makes of it. */
import { decimals, fixed, percent } from '$lib/charts/format';

export type State = 'reading' | 'training' | 'paused' | 'saving' | 'ended';

/** Words done, loss, words a second, learning rate. */
export type Point = [number, number | null, number | null, number | null];

export interface Report {
  stage: string;
  done: number;
  total: number | null;
  unit: string;
  rate: number | null;
  /** Seconds. */
  remaining: number | null;
  /** Bytes of the process that are in memory. */
  memory: number;
  values: Record<string, number | null>;
}

export interface Epoch {
  loss: number | null;
  held_out: number | null;
}

export interface Look {
  share: number;
  /** Of each watched word, nearest first. */
  nearest: string[][];
}

export interface End {
  outcome: 'finished' | 'stopped' | 'failed';
  note: string;
  command: string;
}

export interface Live {
  name: string;
  state: State;
  asked: '' | 'pause' | 'stop';
  latest: Report | null;
  epochs: Epoch[];
  epochs_total: number;
  words: string[];
  points: Point[];
  looks: Look[];
  end: End | null;
}

export const NOTHING: Live = {
  name: '',
  state: 'reading',
  asked: '',
  latest: null,
  epochs: [],
  epochs_total: 0,
  words: [],
  points: [],
  looks: [],
  end: null,
};

/** More are not kept: the page may stay open for days. */
export const MOST_POINTS = 4000;
export const MOST_LOOKS = 120;

/** What is known after a change: lists grow, everything else is replaced. */
export function changed(live: Live, change: Partial<Live>): Live {
  return {
    ...live,
    ...change,
    points: spread([...live.points, ...(change.points ?? [])], ([done]) => done, MOST_POINTS),
    looks: spread([...live.looks, ...(change.looks ?? [])], ({ share }) => share, MOST_LOOKS),
  };
}

/** Where there are too many: at most half of them, evenly along the run, with the first and last. */
function spread<T>(all: T[], place: (one: T) => number, most: number): T[] {
  if (all.length <= most) return all;
  const [first, last] = [all[0]!, all.at(-1)!];
  const width = (2 * (place(last) - place(first))) / most;
  const kept: T[] = [first];
  for (const one of all) if (place(one) - place(kept.at(-1)!) > width) kept.push(one);
  if (kept.at(-1) !== last) kept.push(last);
  return kept;
}

/** How much of the run is done, 0 … 1; null before it has begun. */
export function shareDone({ latest, state, end }: Live): number | null {
  if (end?.outcome === 'finished' || state === 'saving') return 1;
  if (latest?.stage !== 'training' || !latest.total) return null;
  return latest.done / latest.total;
}

/** Where the run stands, in a sentence. */
export function standing(live: Live): string {
  const { state, latest, end, asked } = live;
  if (end) return end.note;
  const share = shareDone(live);
  const at = share === null ? '' : ` at ${percent(share)}`;
  if (asked === 'stop') return `Stopping${at}: a checkpoint is written.`;
  if (state === 'paused') return `Paused${at}.`;
  if (asked === 'pause') return `Pausing${at}, after the stretch under way.`;
  if (state === 'saving') return 'Trained; the model is being written.';
  if (state === 'reading') return latest ? `${capital(latest.stage)}.` : 'Beginning.';
  const epoch = latest?.values.epoch;
  return epoch && share !== null
    ? `Training epoch ${epoch} of ${live.epochs_total}, ${percent(share)} done.`
    : 'Training begins.';
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

export interface Curve {
  name: string;
  x: number[];
  y: number[];
  color: string;
  dash?: boolean;
}

/** A column of the points over the words done, where it is known. */
function column(points: readonly Point[], place: 1 | 2 | 3): { x: number[]; y: number[] } {
  const known = points.filter((point) => point[place] !== null);
  return { x: known.map(([done]) => done), y: known.map((point) => point[place]!) };
}

/** The running loss, each epoch's mean at its end, and the held-out loss beside it. */
export function lossCurves({ points, epochs, epochs_total, latest }: Live): Curve[] {
  const curves: Curve[] = [{ name: 'running loss', ...column(points, 1), color: 'var(--group-1)' }];
  const total = latest?.stage === 'training' ? (latest.total ?? 0) : 0;
  const ends = (value: (epoch: Epoch) => number | null) => {
    const known = epochs.flatMap((epoch, place) => {
      const y = value(epoch);
      return y === null ? [] : [{ x: (total * (place + 1)) / Math.max(epochs_total, 1), y }];
    });
    return { x: known.map(({ x }) => x), y: known.map(({ y }) => y) };
  };
  const means = ends(({ loss }) => loss);
  if (total && means.x.length) {
    curves.push({ name: 'mean of the epoch', ...means, color: 'var(--group-2)', dash: true });
  }
  const heldOut = ends(({ held_out }) => held_out);
  if (total && heldOut.x.length) {
    curves.push({ name: 'held-out loss', ...heldOut, color: 'var(--group-3)', dash: true });
  }
  return curves;
}

export function speedCurve({ points }: Live): Curve {
  return { name: 'words a second', ...column(points, 2), color: 'var(--group-1)' };
}

/** Seconds as the terminal writes them: `0:42`, `12:07`, `3:05:00`. */
export function clock(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) return '–';
  const all = Math.round(seconds);
  const two = (value: number) => String(value).padStart(2, '0');
  const [hours, minutes, rest] = [Math.floor(all / 3600), Math.floor(all / 60) % 60, all % 60];
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** A size of memory, in powers of 1024, as systems count it. */
export function memorySize(bytes: number): string {
  const size = bytes / 2 ** 20;
  return size < 10_000
    ? `${fixed(size, { digits: 0 })} MB`
    : `${fixed(size / 1024, { digits: 1 })} GB`;
}

/** The learning rate with four figures that count. */
export const rate = (alpha: number) => fixed(alpha, { digits: Math.min(decimals(alpha), 6) });

export interface Seen {
  word: string;
  nearest: { word: string; isNew: boolean }[];
  gone: string[];
}

/** The neighbours of each watched word at a look, and what is new since the look before. */
export function neighboursAt({ words, looks }: Live, place: number): Seen[] {
  const look = looks[place];
  if (!look) return [];
  const before = looks[place - 1];
  return words.map((word, row) => {
    const now = look.nearest[row] ?? [];
    const then = before?.nearest[row];
    return {
      word,
      nearest: now.map((near) => ({
        word: near,
        isNew: then !== undefined && !then.includes(near),
      })),
      gone: (then ?? []).filter((near) => !now.includes(near)),
    };
  });
}
