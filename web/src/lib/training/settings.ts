/**
 * What a run of the page is made of, and how an address says it: `kings,window:2,eta:0.05`. The text
 * comes first: a bundled one's name, `t~…` for a short one of the reader's own (deflated, base64url),
 * `s~…` for one that only this tab knows. `lexiscope record --share` writes the same.
 */
import { NO_NOTES, type TextNotes } from './answers/notes';
import { joined } from './bytes';
import { BOUNDS, resolved, TrainingError, type TrainingOptions } from './options';
import { STOP_LISTS, type StopList } from './stopwords';
import { TEXTS } from './texts';

export type Numbers = Omit<TrainingOptions, 'stopwords'>;

export interface Settings {
  /** A bundled text's, or null. */
  bundled: string | null;
  /** One sentence a line. */
  text: string;
  stop: StopList;
  /** More words to leave out. */
  also: readonly string[];
  options: Numbers;
}

/** Their names in an address. */
const SHORT = {
  architecture: 'who',
  loss: 'loss',
  optimizer: 'opt',
  steps: 'steps',
  vector_size: 'dim',
  alpha: 'eta',
  window: 'window',
  min_count: 'min',
  seed: 'seed',
  negative: 'neg',
  ns_exponent: 'power',
  cbow_update: 'update',
} as const satisfies Record<keyof Numbers, string>;

const NUMBERS: readonly string[] = Object.keys(BOUNDS);

/** Words are left out below this count, unless it is said. */
const MIN_COUNT = 2;

// What fits into a link that a message or a blackboard carries.
export const LONGEST_IN_LINK = 8_000;
const STORED = 'lexiscope-text-';

function numbersOf(options: TrainingOptions): Numbers {
  const numbers: Partial<TrainingOptions> = { ...options };
  delete numbers.stopwords;
  return numbers as Numbers;
}

/** The options where none are said; the optimizer and who predicts whom decide some. */
export function defaultsOf(given: Partial<Numbers>): Numbers {
  return numbersOf(
    resolved({
      min_count: given.architecture === 'next-word' ? 1 : MIN_COUNT,
      architecture: given.architecture,
      optimizer: given.optimizer,
    }),
  );
}

export function bundledText(id: string): Settings | null {
  const found = TEXTS.find((one) => one.id === id);
  if (!found) return null;
  return { bundled: id, text: found.text, stop: found.stop, also: [], options: defaultsOf({}) };
}

export function notesOf({ bundled }: Settings): TextNotes {
  return TEXTS.find(({ id }) => id === bundled) ?? NO_NOTES;
}

export function nameOf({ bundled, text }: Settings): string {
  const found = TEXTS.find(({ id }) => id === bundled);
  if (found) return found.title;
  const start = text.trimStart().slice(0, 40).split('\n')[0]!.trim();
  return start.length < text.trim().length ? `“${start} …”` : `“${start}”`;
}

export function trainingOptions({ options, stop, also }: Settings): TrainingOptions {
  return { ...options, stopwords: [...STOP_LISTS[stop], ...also] };
}

/** How an address says them. */
export async function encode(settings: Settings): Promise<string> {
  const { bundled, text, stop, also, options } = settings;
  const parts = [bundled ?? (await packedText(text))];
  const { architecture, optimizer } = options;
  const implied: Numbers = {
    ...defaultsOf({ architecture, optimizer }),
    architecture: 'skipgram',
    optimizer: defaultsOf({ architecture }).optimizer,
  };
  for (const [name, short] of Object.entries(SHORT) as [keyof Numbers, string][]) {
    if (options[name] !== implied[name]) parts.push(`${short}:${options[name]}`);
  }
  if (stop !== (TEXTS.find(({ id }) => id === bundled)?.stop ?? 'english'))
    parts.push(`stop:${stop}`);
  if (also.length) parts.push(`also:${await deflated(also.join(' '))}`);
  return parts.join(',');
}

/**
 * What an address says.
 *
 * @throws TrainingError It says nothing that this page knows.
 */
export async function decode(code: string): Promise<Settings> {
  const [first = '', ...parts] = code.split(',');
  const given = new Map(parts.map((part) => part.split(/:(.*)/s) as [string, string]));
  const base = bundledText(first) ?? {
    bundled: null,
    text: await unpackedText(first),
    stop: 'english' as const,
    also: [],
  };
  const options: Record<string, unknown> = {};
  for (const [name, short] of Object.entries(SHORT)) {
    const value = given.get(short);
    given.delete(short);
    if (value !== undefined) options[name] = NUMBERS.includes(name) ? Number(value) : value;
  }
  const stop = given.get('stop') ?? base.stop;
  if (!(stop in STOP_LISTS)) {
    throw new TrainingError(
      `the address says stop:${stop}; expected one of ${Object.keys(STOP_LISTS).join(', ')}`,
    );
  }
  const also = given.has('also') ? (await inflated(given.get('also')!)).split(/\s+/) : [];
  given.delete('stop');
  given.delete('also');
  for (const unknown of given.keys()) {
    throw new TrainingError(
      `the address says “${unknown.slice(0, 40)}”, which is no setting; expected some of ` +
        `${Object.values(SHORT).join(', ')}, stop, also`,
    );
  }
  const checked = numbersOf(
    resolved({
      ...defaultsOf(options as Partial<Numbers>),
      ...options,
    }),
  );
  return { ...base, stop: stop as StopList, also: also.filter(Boolean), options: checked };
}

async function packedText(text: string): Promise<string> {
  const packed = `t~${await deflated(text)}`;
  if (packed.length <= LONGEST_IN_LINK) return packed;
  let hash = 5381;
  for (const letter of text) hash = (Math.imul(hash, 33) ^ letter.codePointAt(0)!) | 0;
  const key = (hash >>> 0).toString(36);
  sessionStorage.setItem(STORED + key, text);
  return `s~${key}`;
}

async function unpackedText(packed: string): Promise<string> {
  if (packed.startsWith('t~')) return inflated(packed.slice(2));
  if (packed.startsWith('s~')) {
    const text = sessionStorage.getItem(STORED + packed.slice(2));
    if (text !== null) return text;
    throw new TrainingError(
      'this link is of a text that is too long for a link, and only the tab it was made in knows ' +
        'it; paste the text again, or open the file of the saved run',
    );
  }
  throw new TrainingError(
    `there is no text “${packed.slice(0, 40)}”; expected one of ` +
      TEXTS.map(({ id }) => id).join(', '),
  );
}

/** What comes out of a stream, at most so many bytes. */
async function through(
  stream: CompressionStream | DecompressionStream,
  bytes: Uint8Array<ArrayBuffer>,
  most = Infinity,
): Promise<Uint8Array> {
  const writer = stream.writable.getWriter();
  // What is wrong with the bytes is told where they are read.
  writer.write(bytes).catch(() => undefined);
  writer.close().catch(() => undefined);
  const reader = (stream.readable as ReadableStream<Uint8Array>).getReader();
  const parts: Uint8Array[] = [];
  let count = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return joined(parts);
    parts.push(value);
    count += value.length;
    if (count > most) throw new RangeError(`more than ${most} bytes`);
  }
}

async function deflated(text: string): Promise<string> {
  const bytes = await through(new CompressionStream('deflate-raw'), new TextEncoder().encode(text));
  const base64 = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
  return base64.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

// A few bytes can stand for gigabytes of the same letter.
const MOST_INFLATED = 400_000;

async function inflated(packed: string): Promise<string> {
  try {
    const base64 = packed.replaceAll('-', '+').replaceAll('_', '/');
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const text = await through(new DecompressionStream('deflate-raw'), bytes, MOST_INFLATED);
    return new TextDecoder('utf-8', { fatal: true }).decode(text);
  } catch {
    throw new TrainingError('the text in the address is damaged; copy the whole link again');
  }
}
