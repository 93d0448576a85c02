/** The scenes in their order, and what each one needs of what is open. */
import type { Component } from 'svelte';
import type { Schemas } from '$lib/api/routes';
import type { Material } from './material';
import Arithmetic from './scenes/Arithmetic.svelte';
import Film from './scenes/Film.svelte';
import Guess from './scenes/Guess.svelte';
import OneStep from './scenes/OneStep.svelte';
import Opening from './scenes/Opening.svelte';
import Pull from './scenes/Pull.svelte';
import Rows from './scenes/Rows.svelte';
import Scale from './scenes/Scale.svelte';
import Windowed from './scenes/Windowed.svelte';
import Wrong from './scenes/Wrong.svelte';
import { ownSentence } from './scenes/window';
import { wrongOf } from './scenes/wrong';

export interface SceneProps {
  material: Material;
  number: number;
  title: string;
}

export interface Scene {
  title: string;
  /** What is to be there. */
  needs: (subject: Schemas['Subject'], material: Material) => boolean;
  /** The same in words, for an address of a scene that is not there. */
  lacking: string;
  component: Component<SceneProps>;
}

const A_RECORDING = 'a recording of every step: `lexiscope record TEXT -o RUN`';
const A_CLEAR_WORD = 'a word that has one clearly nearest word';

const option = ({ options }: Schemas['Subject'], name: string) =>
  options.find((one) => one.name === name)?.value;

/** Words to either side, null where each word is paired with the one behind it. */
export function windowOption(subject: Schemas['Subject']): number | null | undefined {
  if (subject.architecture === 'next-word') return null;
  const window = option(subject, 'window');
  return typeof window === 'number' ? window : undefined;
}

/** The scene at place n has number n; the first, 0, is the way in. */
export const SCENES: readonly Scene[] = [
  {
    title: 'The question',
    needs: (_, { hero }) => hero !== null,
    lacking: A_CLEAR_WORD,
    component: Opening,
  },
  {
    title: 'Guess the word',
    needs: ({ features }, { hero, words }) =>
      features.corpus || (hero !== null && words.hasOutputs && features.counts),
    lacking: 'the text, or both matrices of a model',
    component: Guess,
  },
  {
    title: 'A word is a row',
    needs: (_, { hero }) => hero !== null,
    lacking: A_CLEAR_WORD,
    component: Rows,
  },
  {
    title: 'The window',
    needs: (subject, { words }) =>
      windowOption(subject) !== undefined &&
      (subject.features.corpus || ownSentence(words) !== null),
    lacking: 'the width of a window, and words to slide it over',
    component: Windowed,
  },
  {
    title: 'One step, slowly',
    needs: ({ features }, { hero }) => features.steps && hero !== null,
    lacking: A_RECORDING,
    component: OneStep,
  },
  {
    title: 'Pull and push',
    needs: ({ features }, { hero }) => features.steps && hero !== null,
    lacking: A_RECORDING,
    component: Pull,
  },
  {
    title: 'The film',
    needs: (_, { film }) => film !== null,
    lacking: 'a recording: `lexiscope record TEXT -o RUN`, or `lexiscope train --record`',
    component: Film,
  },
  {
    title: 'Arithmetic',
    needs: (_, { questions }) => questions.length > 0,
    lacking: 'words of a relation that analogies are asked about, as man, woman, king, queen',
    component: Arithmetic,
  },
  {
    title: 'Where it is wrong',
    needs: (_, { words }) => wrongOf(words) !== null,
    lacking: 'a word with a clear nearest one',
    component: Wrong,
  },
  {
    title: 'To a million, and to yours',
    needs: () => true,
    lacking: 'nothing',
    component: Scale,
  },
];

/** Numbers of the scenes that are true of what is open. */
export function scenesOf(subject: Schemas['Subject'], material: Material): number[] {
  return SCENES.flatMap(({ needs }, number) => (needs(subject, material) ? [number] : []));
}
