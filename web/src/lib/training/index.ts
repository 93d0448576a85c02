/**
 * Training in the page: the same runs as `lexiscope record --precision float64`, step by step.
 *
 * `train` does a whole run at once, some 60 ms for 15,000 steps of 96 words × 8 dimensions; what is
 * larger belongs into a worker (`startTraining` in `$lib/training/client`).
 */
import type { TrainingOptions } from './options';
import { TrainedRun, Training } from './run';

export { resolved, TrainingError, type TrainingOptions } from './options';
export { TrainedRun, Training } from './run';

/**
 * Trains on a text.
 *
 * @param text One sentence a line; lines that start with # are skipped.
 * @param options Those that are not given have the defaults of `lexiscope record`, but for the stop
 *   words: none.
 * @throws TrainingError There is nothing to learn from, too much, or the weights became infinite.
 */
export function train(text: string, options: Partial<TrainingOptions> = {}): TrainedRun {
  const training = new Training(text, options);
  training.advance(training.steps);
  return new TrainedRun(training);
}
