/** From what an address says to a run that every view can show. */
import type { Source } from '$lib/api/source';
import { startTraining } from './client';
import { OwnSource } from './own-source';
import { nameOf, notesOf, type Settings, trainingOptions } from './settings';

export { decode } from './settings';

let runs = 0;

/** Trains what an address says, beside the page. */
export async function trainedSource(
  settings: Settings,
  original: Source,
  given: { signal?: AbortSignal; progress?: (share: number) => void } = {},
): Promise<OwnSource> {
  const { version } = original.subject;
  const run = await startTraining(
    {
      text: settings.text,
      name: nameOf(settings),
      options: trainingOptions(settings),
      notes: notesOf(settings),
      version,
      fingerprint: `own-${++runs}`,
    },
    given,
  );
  return new OwnSource(run, original);
}
