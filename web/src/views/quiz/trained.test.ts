// @vitest-environment node
/** Quizzes of runs that were trained in the page. */
import { describe, expect, it } from 'vitest';
import type { ReplayBlock } from '$lib/replay/block';
import { Replayer } from '$lib/replay/replayer';
import type { BinaryRoutes } from '$lib/api/routes';
import { answerOf, RunHistory } from '$lib/training/answers';
import { FIXTURES, trainingOf } from '$lib/training/fixtures';
import { TrainedRun } from '$lib/training/run';
import { compose } from './compose';
import { dataOf, seeded } from './quiz.test-data';

const NAMES = ['skipgram-softmax-sgd', 'cbow-negative-sgd', 'next-word-softmax-adam'];

describe.each(NAMES)('%s', (name) => {
  const training = trainingOf(FIXTURES.find((one) => one.name === name)!);
  training.advance(training.steps);
  const history = new RunHistory(new TrainedRun(training));
  const { payload, arrays } = answerOf(history, '/api/replay', {
    path: {},
    query: {},
  }) as BinaryRoutes['/api/replay'];
  const block: ReplayBlock = { facts: payload, arrays };

  it('is done again as it was', () => {
    const replayer = new Replayer(block);
    for (const step of [1, Math.floor(history.steps / 2), history.steps]) {
      const [own, other] = [replayer.at(step), history.at(step)];
      own.outputs.values.forEach((value, at) =>
        expect(Math.abs(value - other.outputs.values[at]!)).toBeLessThan(1e-5),
      );
    }
  });

  it('has questions', () => {
    const texts = ['no sentence'];
    const data = dataOf(block, history.run.words, history.run.counts, texts);
    const kinds = compose('7', seeded(data, '7')).map(({ kind }) => kind);
    expect(kinds).toEqual(expect.arrayContaining(['lookup', 'score', 'weight', 'rows', 'speed']));
  });
});
