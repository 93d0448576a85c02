import { expect, test } from 'vitest';
import { commands, matching, named, showing, sizeOf, sizeOfAll } from './program';

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
