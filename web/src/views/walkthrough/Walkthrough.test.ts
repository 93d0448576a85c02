import { cleanup, render, screen } from '@testing-library/svelte';
import { tick } from 'svelte';
import { afterEach, expect, it, vi } from 'vitest';
import type { Schemas } from '$lib/api/routes';
import type { Source } from '$lib/api/source';
import { fixture } from '$lib/replay/fixtures';
import { nceBlock } from '$lib/replay/nce.test-data';
import { Replayer } from '$lib/replay/replayer';
import { route } from '$lib/router.svelte';
import SourceHost from './SourceHost.test.svelte';
import { STAGES } from './kinds';
import Walkthrough from './Walkthrough.svelte';

afterEach(cleanup);
vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue(null); // jsdom has none

/** A run with noise-contrastive estimation, which says that its loss is `loss`. */
function sourceOf(loss: string): Source {
  const replayer = new Replayer(nceBlock('skipgram-negative-sgd'));
  const told = fixture('skipgram-softmax-sgd').answers;
  const vocabulary = told['/api/vocabulary'] as Schemas['Vocabulary'];
  const subject = { ...(told['/api/subject'] as Schemas['Subject']), loss };
  return {
    kind: 'file',
    title: null,
    subject,
    json: () => Promise.resolve(vocabulary as never),
    binary: () => Promise.reject(new Error('not carried')),
    step: (number) => Promise.resolve(replayer.step(number)),
  };
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) {
    await Promise.resolve();
    await tick();
  }
}

it('shows two steps side by side, every stage of both, and looks at the row that is chosen', async () => {
  route.set({ step: 7, compare: 9 });
  render(SourceHost, { props: { source: sourceOf('nce'), component: Walkthrough } });
  await settle();
  for (const stage of STAGES) {
    const panels = document.getElementById(stage)!.querySelectorAll('[data-panel]');
    expect(panels).toHaveLength(2);
  }
  expect(screen.getAllByText(/normalise itself/)).toHaveLength(2);
  const { words } = fixture('skipgram-softmax-sgd').answers['/api/vocabulary'] as {
    words: string[];
  };
  const noise =
    words[new Replayer(nceBlock('skipgram-negative-sgd')).step(7).payload.negatives[0]!]!;
  route.set({ word: noise });
  await settle();
  expect(screen.getByText(`The score of ${noise}, term by term`, { selector: 'h4' })).toBeTruthy();
});

it('says plainly that it does not know a loss', () => {
  const props = { source: sourceOf('hinge'), component: Walkthrough };
  expect(() => render(SourceHost, { props })).toThrow(/does not know the loss “hinge”/);
});
