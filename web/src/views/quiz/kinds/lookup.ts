/** Which row a one-hot vector looks up, or the mean of which rows. */
import type { State } from '$lib/replay/block';
import { choices, mistake, type Wrong } from '../asking';
import { kindOf } from '../kind';
import { decimals, whole } from '../numbers';
import { listed, type Rich, say, word } from '../question';
import type { Rng } from '../rng';
import type { QuizStep, Run } from '../run';
import { inputs, stepIs, stepLink } from '../told';

const COLUMNS = 4;
const MOST_MEMBERS = 6;
/** By how much vectors differ in one of the numbers shown, at least. */
const MARGIN = 0.02;

type Vector = readonly number[];

const written = (vector: Vector, cut: boolean): Rich => [
  `(${vector.map((value) => decimals(value, 3).text).join(', ')}${cut ? ', …' : ''})`,
];

const apart = (a: Vector, b: Vector) =>
  Math.max(...a.map((value, d) => Math.abs(value - b[d]!))) >= MARGIN;

export const LOOKUP = kindOf({
  id: 'lookup',
  title: 'Which row is looked up',
  needs: ['run'],
  generate: (rng, { run }) => {
    const step = run.anyStep(rng);
    const members = new Set(step.example.members);
    if (members.size !== step.example.members.length || members.size > MOST_MEMBERS) return null;
    return members.size === 1 ? single(rng, run, step) : several(rng, run, step);
  },
});

function tables(run: Run, state: State) {
  const { vector_size: dim, words } = run.facts;
  const columns = Math.min(COLUMNS, dim);
  const row = (matrix: Float64Array) => (at: number) =>
    Array.from(matrix.subarray(at * dim, at * dim + columns));
  return {
    words,
    columns,
    cut: columns < dim,
    input: row(state.inputs.values),
    output: run.loss.wordsHaveRows ? row(state.outputs.values) : null,
  };
}

function single(rng: Rng, run: Run, { shown, before }: QuizStep) {
  const { words, columns, cut, input, output } = tables(run, before);
  const own = shown.arrays.input_rows.data[0]!;
  const target = shown.facts.target;
  const other = own + 1 < words && (own === 0 || rng.chance(0.5)) ? own + 1 : own - 1;
  if (other < 0) return null;
  const right = input(own);
  const vectors: { vector: Vector; wrong: Omit<Wrong, 'says'> }[] = [
    ...(output
      ? [
          {
            vector: output(own),
            wrong: {
              mistake: mistake(
                'the row of W′',
                say`W′ has the rows that words are predicted with. What goes in is looked up in W.`,
              ),
            },
          },
        ]
      : []),
    {
      vector: input(other),
      wrong: {
        mistake: mistake(
          'one place off',
          say`Place ${own + 1} of x belongs to row ${own + 1}; ${word(run.words[other]!)} has row ${other + 1}.`,
        ),
      },
    },
    ...(target === own
      ? []
      : [
          {
            vector: input(target),
            wrong: {
              mistake: mistake(
                'the row of the target',
                say`${word(shown.target)} is what should come out; it does not go in.`,
              ),
            },
          },
        ]),
  ];
  if (vectors.some(({ vector }) => !apart(vector, right))) return null;
  const answer = choices(
    rng,
    { says: written(right, cut) },
    vectors.map(({ vector, wrong }) => ({ says: written(vector, cut), ...wrong })),
  );
  if (!answer) return null;
  const rows = [...new Set([own, other, target])].sort((a, b) => a - b);
  return {
    asks: [
      stepIs(shown),
      say`The input x has ${words} places, counted from 1: a 1 at place ${own + 1}, and 0 at all others. What is h = xW${cut ? `, in its first ${columns} numbers` : ''}?`,
    ],
    exhibit: {
      type: 'table' as const,
      caption: `Some rows before the step${cut ? `, ${columns} of ${whole(run.facts.vector_size).text} columns` : ''}`,
      head: ['row', ...Array.from({ length: columns }, (_, d) => String(d + 1))],
      rows: [
        ...rows.map((row) => cellsOf(`W, row ${row + 1}, ${run.words[row]!}`, input(row))),
        ...(output ? [cellsOf(`W′, row ${own + 1}, ${run.words[own]!}`, output(own))] : []),
      ],
    },
    answer,
    worked: [
      say`Each row of W is multiplied by its place of x. All rows but row ${own + 1} are multiplied by 0, so that h is row ${own + 1} as it stands: ${written(right, cut)}.`,
      say`This is why no product is computed: the row of ${word(shown.center)} is looked up.`,
    ],
    link: stepLink(shown, 'hidden'),
  };
}

const cellsOf = (name: string, vector: Vector) => ({
  name,
  cells: vector.map((value) => decimals(value, 3).text),
});

function several(rng: Rng, run: Run, { shown, example, before }: QuizStep) {
  const { columns: all, input, output } = tables(run, before);
  const columns = Math.min(2, all);
  const cut = columns < run.facts.vector_size;
  const members = Array.from(example.members);
  const count = members.length;
  const first = (vector: Vector) => vector.slice(0, columns);
  const total = (rows: readonly Vector[]) =>
    Array.from({ length: columns }, (_, d) => rows.reduce((sum, row) => sum + row[d]!, 0));
  const mean = (rows: readonly Vector[]) => total(rows).map((value) => value / count);
  const rows = members.map((row) => first(input(row)));
  const right = mean(rows);
  const wrong: { vector: Vector; wrong: Omit<Wrong, 'says'> }[] = [
    {
      vector: total(rows),
      wrong: {
        mistake: mistake(
          'the sum',
          say`Each place of x is 1/${count}, not 1: the rows are averaged.`,
        ),
      },
    },
    {
      vector: first(input(shown.facts.target)),
      wrong: {
        mistake: mistake(
          'the row of the center',
          say`${word(shown.target)} is what should come out; it does not go in.`,
        ),
      },
    },
    {
      vector: rows[count - 1]!,
      wrong: {
        mistake: mistake(
          'one word only',
          say`All ${count} words of the context go in, each with the same share.`,
        ),
      },
    },
    ...(output
      ? [
          {
            vector: mean(members.map((row) => first(output(row)))),
            wrong: { mistake: mistake('the rows of W′', say`What goes in is looked up in W.`) },
          },
        ]
      : []),
  ];
  if (wrong.some(({ vector }) => !apart(vector, right))) return null;
  // The mean of the rows as they are shown has to be the one that is chosen.
  const rounded = mean(rows.map((row) => row.map((value) => decimals(value, 3).value)));
  if (rounded.some((value, d) => Math.abs(value - right[d]!) > 0.0006)) return null;
  const answer = choices(
    rng,
    { says: written(right, cut) },
    wrong.map(({ vector, wrong: made }) => ({ says: written(vector, cut), ...made })),
  );
  if (!answer) return null;
  const parts = rows
    .map((row) => decimals(row[0]!, 3))
    .map(({ text }) => (text.startsWith('−') ? `(${text})` : text));
  return {
    asks: [
      stepIs(shown),
      say`The input x has 1/${count} at the places of ${inputs(shown)}, and 0 at all others. What is h = xW${cut ? `, in its first ${columns} numbers` : ''}?`,
    ],
    exhibit: {
      type: 'table' as const,
      caption: `Their rows of W before the step${cut ? `, ${columns} of ${whole(run.facts.vector_size).text} columns` : ''}`,
      head: ['row', ...Array.from({ length: columns }, (_, d) => String(d + 1))],
      rows: members.map((row, at) => cellsOf(run.words[row]!, rows[at]!)),
    },
    answer,
    worked: [
      say`h is the mean of the ${count} rows. In dimension 1: (${parts.join(' + ')}) / ${count} = ${decimals(right[0]!, 3)}.`,
      say`The mean of the rows of ${listed(shown.members, ', ', ' and ')} is ${written(right, cut)}.`,
    ],
    link: stepLink(shown, 'hidden'),
  };
}
