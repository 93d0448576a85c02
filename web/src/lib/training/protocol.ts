/** What the page and its training worker say to each other. */
import type { Schemas } from '$lib/api/routes';
import type { Asked, TextNotes } from './answers';
import type { TrainingOptions } from './options';

export interface Order {
  text: string;
  name: string;
  options: Partial<TrainingOptions>;
  notes: TextNotes;
  /** Of the program; told of the run as well. */
  version: string;
  /** Tells one run's answers from another's. */
  fingerprint: string;
}

export type Message =
  | { do: 'train'; order: Order }
  | { do: 'ask'; run: number; path: string; ask: Asked }
  | { do: 'save'; run: number }
  /** Calls a training off, or forgets a finished run. */
  | { do: 'forget'; run: number };

export type Request = { id: number } & Message;

/** What is known of a run that was trained; its number is its request's. */
export interface Trained {
  subject: Schemas['Subject'];
  layers: Schemas['Layer'][];
  /** Milliseconds that the steps took. */
  milliseconds: number;
}
