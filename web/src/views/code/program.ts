/** The program's sections, options and experiments, made ready for showing. */
import type { Schemas } from '$lib/api/routes';
import { counted } from '$lib/charts/format';

type Section = Schemas['ProgramSection'];
type Option = Schemas['CommandOption'];

export interface Chapter {
  key: string;
  title: string;
  /** What it holds, in a few words. */
  size: string;
}

/** The view's chapters, in their order; those that the open run has. */
export function chapters(program: Schemas['Program']): Chapter[] {
  const { script, captured, sections, options, experiments } = program;
  const of = (section: Section | Schemas['ScriptSection']) => {
    const { lines, notes } = sizeOf('parts' in section ? section : { parts: [section] });
    const { key, title } = section;
    return { key, title, size: `${counted(lines, 'line')}, ${counted(notes, 'note')}` };
  };
  const recording = [
    { key: 'recording', title: 'What is recorded', size: counted(captured.length, 'field') },
    { key: 'projection', title: 'Why PCA', size: '' },
  ];
  return [
    ...(script?.sections ?? []).map(of),
    ...(captured.length ? recording : []),
    { key: 'command-line', title: 'Run it yourself', size: counted(options.length, 'option') },
    {
      key: 'experiments',
      title: 'Experiments to try',
      size: counted(experiments.length, 'command'),
    },
    ...sections.map(of),
  ];
}

/** A script as one text, to keep or to copy. */
export function textOf(script: Schemas['Script']): string {
  return script.sections
    .flatMap(({ lines }) => lines)
    .map(({ text }) => `${text}\n`)
    .join('');
}

/** What installing takes. */
export const INSTALLING = [
  'pip install lexiscope',
  'lexiscope record -o run',
  'lexiscope serve run --open',
];

export interface Size {
  lines: number;
  notes: number;
}

/** Lines of code and notes of a section. */
export function sizeOf(section: { parts: readonly Pick<Section['parts'][0], 'lines'>[] }): Size {
  const lines = section.parts.flatMap((part) => part.lines);
  return {
    lines: lines.filter((line) => line.text.trim()).length,
    notes: lines.filter((line) => line.note).length,
  };
}

/** The same of several sections. */
export function sizeOfAll(sections: readonly Parameters<typeof sizeOf>[0][]): Size {
  return sections
    .map(sizeOf)
    .reduce((sum, size) => ({ lines: sum.lines + size.lines, notes: sum.notes + size.notes }), {
      lines: 0,
      notes: 0,
    });
}

/** An option's names: the one to remember, and the others. */
export function named(option: Pick<Option, 'name'>): { name: string; others: string[] } {
  const [name = '', ...others] = option.name.split(' ');
  return { name, others };
}

/** The commands that options belong to, in their order. */
export function commands(options: readonly Option[]): string[] {
  return [...new Set(options.map((option) => option.command))];
}

/** Options of a command with all words of a text in their name, default or help. */
export function matching(options: readonly Option[], command: string, text: string): Option[] {
  const wanted = text.toLowerCase().split(/\s+/).filter(Boolean);
  return options.filter((option) => {
    const said = `${option.name} ${option.default} ${option.help}`.toLowerCase();
    return option.command === command && wanted.every((word) => said.includes(word));
  });
}

/** The command that shows what a command wrote, or null where it wrote no folder. */
export function showing(command: string): string | null {
  const folder = /\s(?:-o|--out)\s+(\S+)/.exec(command)?.[1];
  return folder === undefined ? null : `lexiscope serve ${folder} --open`;
}
