/** The questions of a quiz, each as soon as it is made, and the rest while the reader reads. */
import { questionOf } from './compose';
import type { Gathered } from './gather';
import type { Kind, QuizData } from './kind';
import { KINDS } from './kinds';
import type { Question } from './question';

/**
 * The questions that `compose` gives, in its order. What takes long (the run done again, other
 * rates trained) is not begun before a kind wants it.
 *
 * @param pause Lets the page go on; throws where nobody waits any more.
 */
export async function* making(
  seed: string,
  { data, later }: Gathered,
  pause: () => Promise<void>,
  kinds: readonly Kind[] = KINDS,
): AsyncGenerator<Question> {
  const own: QuizData = { ...data };
  const there = new Set<string>();
  for (const kind of kinds) {
    const wanted = [...kind.needs, ...kind.uses];
    if (wanted.includes('run') && !there.has('run')) own.run = await later.run();
    if (wanted.includes('rates') && !there.has('rates')) own.rates = await later.rates();
    wanted.forEach((need) => there.add(need));
    const question = questionOf(kind, seed, own);
    if (question) yield question;
    await pause();
  }
}

/** Lets the page draw and hear its reader. */
export async function letPageGoOn(signal: AbortSignal): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve));
  signal.throwIfAborted();
}
