/** A text as people have it, made one sentence a line, without punctuation and what cannot be seen. */

export const MOST_LETTERS = 60_000;

/** What turns the order of letters round, has no ink, or is no letter at all. */
const UNSEEN =
  // eslint-disable-next-line no-control-regex
  /[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;
const SENTENCE_END = /[.!?…:;](?=["'”’»)\]]*(?:\s|$))|[。！？；]/gu;
const EDGES = /^[^\p{L}\p{N}\p{M}]+|[^\p{L}\p{N}\p{M}]+$/gu;

export interface Intake {
  text: string;
  /** Letters that were left out at its end. */
  cut: number;
}

/** @returns The text, cut at a word's end where it is too long. */
export function takenIn(raw: string): Intake {
  const seen = raw.replace(/\r\n?/g, '\n').replace(UNSEEN, '');
  const kept = seen.length <= MOST_LETTERS ? seen : upToWord(seen.slice(0, MOST_LETTERS));
  const lines = kept
    .split('\n')
    .flatMap((line) => line.split(SENTENCE_END))
    .map((line) =>
      line
        .split(/\s+/)
        .map((word) => (/\p{Extended_Pictographic}/u.test(word) ? word : word.replace(EDGES, '')))
        .filter(Boolean)
        .join(' '),
    );
  return { text: lines.filter(Boolean).join('\n'), cut: seen.length - kept.length };
}

function upToWord(text: string): string {
  const end = text.search(/\s\S*$/);
  return end > 0 ? text.slice(0, end) : text;
}
