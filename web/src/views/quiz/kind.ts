/** A kind of question: what it needs of what is open, and how it asks. */
import type { Schemas } from '$lib/api/routes';
import type { Loss } from '$lib/losses';
import type { Rng } from './rng';
import type { Question } from './question';
import type { Rates } from './rates';
import type { Run } from './run';
import type { Space } from './space';

export type Architecture = 'skipgram' | 'cbow' | 'next-word';

/** What is known of whatever is open. */
export interface Facts {
  name: string;
  words: number;
  dim: number;
  architecture: Architecture | null;
  /** null where nothing is known of the training. */
  loss: Loss | null;
  /** Of its training: numbers only. */
  option: (name: string) => number | null;
}

export interface AnalogyAsked {
  a: string;
  b: string;
  c: string;
  expected: string;
}

/** What some models have and others do not. */
export interface Parts {
  run: Run;
  space: Space;
  /** Sentences of the text, with the pairs that they give. */
  sentences: readonly Schemas['SentencePairs'][];
  census: Schemas['Census'];
  counts: { words: readonly string[]; counts: readonly number[] };
  analogies: readonly AnalogyAsked[];
  rates: Rates;
}

export type Need = keyof Parts;

export type QuizData = { facts: Facts } & { [N in Need]: Parts[N] | null };

/** What a kind is asked with: what it needs is there, and the rest may be. */
type With<N extends Need> = QuizData & { [Name in N]: Parts[Name] };

/** A question without the name of its kind. */
export type Asked = Omit<Question, 'kind' | 'title'>;

interface Definition<N extends Need> {
  /** As in the address of nothing, and in what the browser keeps: never changed. */
  id: string;
  title: string;
  needs: readonly N[];
  /** What it looks at where it is there. */
  uses?: readonly Need[];
  /** @returns null where these draws give nothing that can be asked; others may. */
  generate: (rng: Rng, data: With<N>) => Asked | null;
}

export interface Kind {
  id: string;
  title: string;
  needs: readonly Need[];
  /** What else it looks at: it asks the same whatever else is there or not. */
  uses: readonly Need[];
  /** @returns null where something is lacking, or these draws give nothing. */
  generate: (rng: Rng, data: QuizData) => Question | null;
}

/** A kind whose generator is only asked where all that it needs is there. */
export function kindOf<const N extends Need>({
  id,
  title,
  needs,
  uses = [],
  generate,
}: Definition<N>): Kind {
  const complete = (data: QuizData): data is With<N> => needs.every((need) => data[need] !== null);
  return {
    id,
    title,
    needs,
    uses,
    generate: (rng, data) => {
      const asked = complete(data) ? generate(rng, data) : null;
      return asked && { kind: id, title, ...asked };
    },
  };
}
