import { expect, test } from 'vitest';
import { LOSSES } from '$lib/losses';
import { stepsOf } from './loop-steps';
import { chapters, commands, matching, named, showing, sizeOf, sizeOfAll, textOf } from './program';

const line = (text: string, note: string | null = null) => ({ text, note, link: null });
const part = (...lines: ReturnType<typeof line>[]) => ({
  path: 'a.py',
  name: 'f',
  first_line: 1,
  lines,
});

const options = [
  { command: 'record', name: '--out -o --output-dir', default: '', help: 'The run folder.' },
  { command: 'record', name: '--alpha', default: '0.1; adam: 0.01', help: 'Learning rate.' },
  { command: 'train', name: '--alpha', default: '0.025', help: 'Learning rate at the start.' },
];

test('a section is as long as its lines of code', () => {
  const section = { parts: [part(line('def f():', 'A note.'), line(''), line('  pass'))] };
  expect(sizeOf(section)).toEqual({ lines: 2, notes: 1 });
  expect(sizeOfAll([section, section])).toEqual({ lines: 4, notes: 2 });
});

test('an option’s first name is the one to remember', () => {
  expect(named(options[0]!)).toEqual({ name: '--out', others: ['-o', '--output-dir'] });
});

test('options are found by command and by any of their words, in any order', () => {
  expect(commands(options)).toEqual(['record', 'train']);
  expect(matching(options, 'record', 'rate ADAM')).toEqual([options[1]]);
  expect(matching(options, 'train', 'learning')).toEqual([options[2]]);
  expect(matching(options, 'train', '')).toEqual([options[2]]);
  expect(matching(options, 'train', 'folder')).toEqual([]);
});

test('what a command wrote can be looked at', () => {
  expect(showing('lexiscope record -o run-4 --vector-size 4')).toBe('lexiscope serve run-4 --open');
  expect(showing('lexiscope info run')).toBeNull();
});

test('the chapters are those that what is open has, the source last', () => {
  const section = { title: 't', summary: '', links: [], first_line: 1 };
  const script = {
    file: 'train.py',
    sections: [
      { ...section, key: 'corpus', lines: [line('a = 1', 'Note.'), line('')] },
      { ...section, key: 'loop', lines: [line(''), line('b = 2')] },
    ],
  };
  const source = { ...section, key: 'source-loop', parts: [part(line('c'))] };
  const field = { name: 'W', meaning: '', when: 'after' as const };
  const shared = { options, experiments: [], plan: null, command: null };
  const recorded = { origin: 'record' as const, script, captured: [field], sections: [source] };
  const keys = (program: Parameters<typeof chapters>[0]) =>
    chapters(program).map((chapter) => chapter.key);
  expect(keys({ ...shared, ...recorded })).toEqual([
    ...['corpus', 'loop', 'recording', 'projection', 'command-line', 'experiments', 'source-loop'],
  ]);
  const elsewhere = { origin: 'elsewhere' as const, script: null, captured: [], sections: [] };
  expect(keys({ ...shared, ...elsewhere })).toEqual(['command-line', 'experiments']);
  expect(textOf(script)).toBe('a = 1\n\n\nb = 2\n');
});

test('the formulas of the loop are those of the run’s own kind', () => {
  const facts = { words: 96, vector_size: 8, optimizer: 'sgd', options: [] };
  for (const loss of LOSSES) {
    const said = stepsOf({ ...facts, architecture: 'cbow', loss: loss.name });
    const text = JSON.stringify(said);
    expect(said[2]!.tex).toBe(loss.lossSymbols);
    expect(said[3]!.tex).toContain(loss.forceSymbols);
    expect(text.includes('softmax(z)')).toBe(false);
    expect(said[1]!.tex).toMatch(/frac\{1\}\{C\}/); // the mean of the context
  }
  const bias = { ...facts, architecture: 'next-word', loss: 'softmax', optimizer: 'adam' };
  expect(stepsOf(bias)[1]!.tex).toContain('b_w');
  expect(stepsOf(bias)[4]!.tex).toContain('beta_1');
});
