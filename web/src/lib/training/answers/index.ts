/** Everything that a view may ask of a run that was trained in the page. */
import { ProblemError } from '$lib/api/problem';
import type { Schemas } from '$lib/api/routes';
import { gradientCheck } from '$lib/replay/gradient-check';
import { analogy, compare, findWords, neighbors, similarity } from '$lib/single-file/explore';
import type { RunHistory } from './history';
import * as journey from './journey';
import { replayOf } from './replay';
import * as text from './text';
import * as weights from './weights';

export { RunHistory } from './history';
export { NO_NOTES, type TextNotes } from './notes';

export type Asked = Readonly<Record<'path' | 'query', Readonly<Record<string, unknown>>>>;

type Compute = (history: RunHistory, ask: Asked) => unknown;

const numberIn = (value: unknown) =>
  value === undefined || value === null ? undefined : Number(value);
const words = (value: unknown) =>
  Array.isArray(value) ? (value as string[]) : value ? [String(value)] : [];

/** The step asked for; the last where none is said. */
function stepIn(history: RunHistory, { query }: Asked): number {
  const step = numberIn(query.step) ?? history.steps;
  history.check(step, 0);
  return step;
}

const ANSWERS: Readonly<Record<string, Compute>> = {
  '/api/vocabulary': (history) => text.vocabulary(history),
  '/api/corpus': (history) => text.corpus(history),
  '/api/sentences': (history, { query }) =>
    text.sentences(
      history,
      numberIn(query.offset),
      numberIn(query.limit),
      String(query.search ?? ''),
    ),
  '/api/sentences/{number}': (history, { path, query }) =>
    text.sentencePairs(history, Number(path.number), numberIn(query.window)),
  '/api/examples': (history, { query }) =>
    text.examples(history, numberIn(query.first), numberIn(query.count)),
  '/api/steps/{number}': (history, { path }) => history.step(Number(path.number)),
  '/api/steps/{number}/gradient-check': (history, { path }) => {
    history.check(Number(path.number), 1);
    return gradientCheck(history, Number(path.number));
  },
  '/api/replay': (history) => replayOf(history),
  '/api/journey/loss': (history) => journey.lossCurve(history),
  '/api/journey/words': (history) => journey.watchedWords(history),
  '/api/journey/neighbors': (history, { query }) =>
    journey.neighborEvolution(history, String(query.word), numberIn(query.topn)),
  '/api/journey/analogies': (history) => journey.scorecard(history),
  '/api/journey/convergence': (history) => journey.convergence(history),
  '/api/journey/matrices': (history) => journey.matricesOverTime(history),
  '/api/journey/trajectories': (history, { query }) =>
    journey.trajectories(history, (query.pca ?? undefined) as Schemas['Trajectories']['pca']),
  '/api/weights': (history, ask) => weights.weightMatrices(history, stepIn(history, ask)),
  '/api/weights/similarity': (history, ask) =>
    weights.similarityMatrix(history, stepIn(history, ask)),
  '/api/weights/two-vectors': (history, ask) => weights.twoVectors(history, stepIn(history, ask)),
  '/api/words': ({ vectors }, { query }) =>
    findWords(vectors, String(query.search ?? ''), numberIn(query.limit) ?? 20),
  '/api/explore/neighbors': ({ vectors }, { query }) =>
    neighbors(
      vectors,
      String(query.word),
      (query.space ?? 'input') as Schemas['Neighbors']['space'],
      numberIn(query.topn) ?? 10,
    ),
  '/api/explore/analogy': ({ vectors }, { query }) =>
    analogy(vectors, words(query.positive), words(query.negative), numberIn(query.topn) ?? 10),
  '/api/explore/similarity': ({ vectors }, { query }) => similarity(vectors, words(query.word)),
  '/api/explore/compare': ({ vectors }, { query }) =>
    compare(vectors, String(query.a), String(query.b)),
  '/api/explore/norms': (history) => weights.norms(history),
};

/**
 * The answer to a question.
 *
 * @throws ProblemError There is none: an unknown word, a step that is not there, another route.
 */
export function answerOf(history: RunHistory, path: string, ask: Asked): unknown {
  const compute = ANSWERS[path];
  if (!compute)
    throw new ProblemError('a run trained in this page has no answer to that', 404, path);
  try {
    return compute(history, ask);
  } catch (error) {
    if (error instanceof RangeError) throw new ProblemError(error.message, 404, path);
    throw error;
  }
}
