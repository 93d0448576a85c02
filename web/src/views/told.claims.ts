/**
 * Writes down what the story and Blueprint say of runs that `tests/server/test_told.py` has made, as
 * the page's own components show it; the test holds each sentence against the runs' arrays.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { cleanup, render } from '@testing-library/svelte';
import { type Component, tick } from 'svelte';
import { afterEach, expect, it, vi } from 'vitest';
import { FileSource } from '$lib/api/single-file';
import type { Source } from '$lib/api/source';
import { inThePage } from '$lib/replay/remote';
import Blueprint from './blueprint/View.svelte';
import SaidHost from './SaidHost.test.svelte';
import { SCENES } from './story/scenes';
import Story from './story/View.svelte';

interface Asked {
  name: string;
  /** The page as one file. */
  file: string;
}

interface Told {
  scene: number;
  question: string;
  text: string;
  options: string[];
  answer: string;
  reveal: string;
  /** Where the reveal leads. */
  more: string;
  /** What the picture says. */
  picture: string;
}

const ASKED = JSON.parse(readFileSync(process.env.LEXISCOPE_CLAIMS!, 'utf-8')) as Asked[];
const told: Record<string, { scenes: Told[]; missing: number[]; blueprint: string[] }> = {};

vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue(null); // jsdom has none
afterEach(cleanup);

const clean = (text: string | null | undefined) => (text ?? '').replace(/\s+/g, ' ').trim();

function opened(file: string): Source {
  const html = readFileSync(file, 'utf-8');
  const data = /<script type="application\/json" id="lexiscope-data">([^<]*)<\/script>/.exec(html);
  return FileSource.open(data![1]!, inThePage);
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) {
    await new Promise((resolve) => setTimeout(resolve));
    await tick();
  }
}

async function go(hash: string): Promise<void> {
  if (location.hash !== hash) {
    const arrived = new Promise((resolve) =>
      window.addEventListener('hashchange', resolve, { once: true }),
    );
    location.hash = hash;
    await arrived;
  }
  await settled();
}

async function until<T>(find: () => T | null | undefined | false): Promise<T> {
  return vi.waitFor(
    async () => {
      await tick();
      const found = find();
      if (!found) throw new Error(`not there: ${clean(document.body.textContent).slice(0, 400)}`);
      return found;
    },
    { timeout: 60_000, interval: 5 },
  );
}

const shownScene = (number: number) =>
  document.querySelector<HTMLElement>(`[data-testid="scene"][data-scene="${number}"]`);

async function tell(number: number, also = ''): Promise<Told | null> {
  await go(`#/story?scene=${number}${also}`);
  const lacking = SCENES[number]!.title;
  const scene = await until(() => shownScene(number));
  const { answer } = scene.dataset;
  if (answer === undefined) {
    expect(clean(scene.textContent)).toContain(`${lacking} Nothing here is clear enough`);
    return null;
  }
  const part = (selector: string) =>
    clean(shownScene(number)!.querySelector(selector)?.textContent);
  const [question, text] = [part('h2'), part('.head .text')];
  await go(`#/story?scene=${number}${also}&bet=${encodeURIComponent(answer)}`);
  await until(() => shownScene(number)?.querySelector('.reveal .text'));
  const options = [...shownScene(number)!.querySelectorAll('.bets button')].map((button) =>
    clean(button.textContent).replace(/✓, right$/, ''),
  );
  const labels = [...shownScene(number)!.querySelectorAll('.picture [aria-label]')];
  return {
    scene: number,
    question,
    text,
    options,
    answer,
    reveal: part('.reveal .text'),
    more: shownScene(number)!.querySelector('.more a')!.getAttribute('href')!,
    picture: labels.map((one) => one.getAttribute('aria-label')).join('; '),
  };
}

it.each(ASKED.map(({ name, file }) => [name, file] as const))('%s', async (name, file) => {
  const source = opened(file);
  await go('#/story?scene=0');
  const host = { source, component: Story as unknown as Component, props: {} };
  render(SaidHost, { props: host as never });
  await until(() => document.querySelector('nav.rail'));
  const found: Told[] = [];
  const missing: number[] = [];
  for (let number = 0; number < SCENES.length; number++) {
    const scene = await tell(number);
    if (scene) found.push(scene);
    else missing.push(number);
  }
  const other = await tell(7, '&sum=fails');
  if (other && found.every(({ question }) => question !== other.question)) found.push(other);
  cleanup();
  await go('#/blueprint');
  const blueprint = { source, component: Blueprint as unknown as Component, props: {} };
  render(SaidHost, { props: blueprint as never });
  await until(() => document.querySelector('section') && !document.querySelector('.loading'));
  await settled();
  const prose = [
    ...document.querySelectorAll(
      'p, figcaption, dl > div, tfoot, .axis + .number, .pairs h3, .own > li, .station',
    ),
  ];
  told[name] = {
    scenes: found,
    missing,
    blueprint: prose.map((one) => clean(one.textContent)).filter(Boolean),
  };
  writeFileSync(process.env.LEXISCOPE_TOLD!, JSON.stringify(told));
});
