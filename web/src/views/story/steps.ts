/** The step that two scenes look at. */
import type { StepData } from '$lib/api/routes';
import type { Source } from '$lib/api/source';
import { lossOf } from '$lib/losses';
import type { Material } from './material';
import { chooseStep } from './scenes/step';

export async function loadStep(
  source: Source,
  { hero, words }: Material,
  signal: AbortSignal,
): Promise<StepData> {
  const { payload, arrays } = await source.binary('/api/examples', { signal });
  const { loss, architecture } = source.subject;
  const rule = lossOf(loss ?? 'softmax');
  const chosen = chooseStep(
    {
      center: arrays.center.data,
      target: arrays.target.data,
      loss: arrays.loss.data,
      first: payload.first,
    },
    hero ? words.rows[hero.place] : -1,
    architecture === 'cbow',
    rule.asksAll,
  );
  return source.step(chosen, signal);
}
