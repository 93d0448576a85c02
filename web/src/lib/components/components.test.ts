import { cleanup, fireEvent, render, screen } from '@testing-library/svelte';
import { tick } from 'svelte';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Source } from '$lib/api/source';
import { tip } from '$lib/state/tip.svelte';
import DataTable from './DataTable.svelte';
import ErrorBox from './ErrorBox.svelte';
import Num from './Num.svelte';
import StepControl from './StepControl.svelte';
import Traced from './Traced.svelte';
import TraceTable from './TraceTable.svelte';
import WordPickerHost from './WordPickerHost.test.svelte';
import { ProblemError } from '$lib/api/source';

afterEach(cleanup);

describe('StepControl', () => {
  const steps = (props: object = {}) => {
    const onchange = vi.fn();
    render(StepControl, { step: 500, most: 15000, onchange, ...props });
    return onchange;
  };

  it('goes by keys from its slider', async () => {
    const onchange = steps();
    const slider = screen.getByRole('slider', { name: 'Step' });
    await fireEvent.keyDown(slider, { key: 'ArrowRight' });
    await fireEvent.keyDown(slider, { key: 'ArrowRight', shiftKey: true });
    await fireEvent.keyDown(slider, { key: 'PageDown' });
    await fireEvent.keyDown(slider, { key: 'End' });
    expect(onchange.mock.calls.flat()).toEqual([501, 511, 411, 15000]);
    expect(slider.getAttribute('aria-valuetext')).toBe('15,000 of 15,000');
  });

  it('takes a number, rounds it and keeps it in bounds', async () => {
    const onchange = steps();
    const box = screen.getByRole('spinbutton', { name: 'Step' });
    await fireEvent.change(box, { target: { value: '99999' } });
    await fireEvent.change(box, { target: { value: '' } });
    expect(onchange.mock.calls.flat()).toEqual([15000]);
    expect((box as HTMLInputElement).value).toBe('15000');
  });

  it('jumps to bookmarks and says which one it is at', async () => {
    const onchange = steps({ bookmarks: { early: 12 } });
    const mark = screen.getByRole('button', { name: /early/ });
    await fireEvent.click(mark);
    expect(onchange).toHaveBeenCalledWith(12);
    expect(mark.getAttribute('aria-current')).toBe('step');
  });

  it('listens to the whole page only where it is asked to', async () => {
    const onchange = steps();
    await fireEvent.keyDown(document.body, { key: 'ArrowRight' });
    expect(onchange).not.toHaveBeenCalled();
    cleanup();
    const everywhere = steps({ everywhere: true });
    await fireEvent.keyDown(document.body, { key: 'ArrowRight' });
    expect(everywhere).toHaveBeenCalledWith(501);
    const field = document.body.appendChild(document.createElement('input'));
    await fireEvent.keyDown(field, { key: 'ArrowRight' });
    expect(everywhere).toHaveBeenCalledTimes(1);
    field.remove();
  });

  it('moves once for a key, though it listens in two places', async () => {
    const onchange = steps({ everywhere: true });
    await fireEvent.keyDown(screen.getByRole('slider'), { key: 'ArrowRight' });
    expect(onchange.mock.calls.flat()).toEqual([501]);
  });
});

describe('DataTable', () => {
  const rows = [
    { word: 'queen', cosine: 0.5 },
    { word: 'king', cosine: -0.25 },
    { word: 'crown', cosine: 0.75 },
  ];
  const table = (props: object = {}) =>
    render(DataTable<(typeof rows)[number]>, {
      caption: 'Neighbours',
      rows,
      keyOf: (row) => row.word,
      columns: [
        { key: 'word', label: 'Word', value: (row) => row.word },
        { key: 'cosine', label: 'Cosine', value: (row) => row.cosine, number: { digits: 2 } },
      ],
      ...props,
    });
  const words = () => screen.getAllByRole('rowheader').map((cell) => cell.textContent.trim());

  it('sorts by a column, numbers from the top first, and turns round', async () => {
    table();
    expect(words()).toEqual(['queen', 'king', 'crown']);
    await fireEvent.click(screen.getByRole('button', { name: 'Cosine' }));
    expect(words()).toEqual(['crown', 'queen', 'king']);
    expect(screen.getAllByRole('columnheader')[1]!.getAttribute('aria-sort')).toBe('descending');
    await fireEvent.click(screen.getByRole('button', { name: /Cosine/ }));
    expect(words()).toEqual(['king', 'queen', 'crown']);
    expect(screen.getByText('−0.25')).toBeTruthy();
  });

  it('shows many rows a page at a time', async () => {
    table({ page: 2 });
    expect(words()).toEqual(['queen', 'king']);
    await fireEvent.click(screen.getByRole('button', { name: 'Show more' }));
    expect(words()).toHaveLength(3);
  });

  it('lets rows be chosen, walked with the arrow keys', async () => {
    const onselect = vi.fn();
    table({ onselect, selected: 'king' });
    const king = screen.getByRole('button', { name: 'king' });
    expect(king.getAttribute('aria-pressed')).toBe('true');
    king.focus();
    await fireEvent.keyDown(king, { key: 'ArrowDown' });
    expect(document.activeElement!.textContent).toBe('crown');
    await fireEvent.click(document.activeElement!);
    expect(onselect).toHaveBeenCalledWith(rows[2]);
  });
});

describe('WordPicker', () => {
  const WORDS = ['king', 'kingdom', 'queen'].map((word, row) => ({ word, row, count: 9 - row }));
  const picker = () => {
    const picked = vi.fn();
    const json = vi.fn((_: string, { query }: { query: { search: string } }) =>
      Promise.resolve({
        search: query.search,
        words: WORDS.filter(({ word }) => word.includes(query.search)),
        near: [],
      }),
    );
    render(WordPickerHost, { source: { json } as unknown as Source, onpick: picked });
    return { picked, json, field: screen.getByRole<HTMLInputElement>('combobox') };
  };
  const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

  it('finds words as they are typed; the keys walk them and Enter takes one', async () => {
    const { picked, field } = picker();
    await fireEvent.input(field, { target: { value: 'king' } });
    await settled();
    expect(field.getAttribute('aria-expanded')).toBe('true');
    expect(screen.getAllByRole('option')).toHaveLength(2);
    await fireEvent.keyDown(field, { key: 'ArrowDown' });
    const active = document.getElementById(field.getAttribute('aria-activedescendant')!);
    expect(active!.textContent).toContain('kingdom');
    await fireEvent.keyDown(field, { key: 'Enter' });
    expect(picked).toHaveBeenCalledWith('kingdom', 1);
    expect(field.value).toBe('kingdom');
    expect(field.getAttribute('aria-expanded')).toBe('false');
  });

  it('closes on Escape and leaves what was chosen', async () => {
    const { picked, field } = picker();
    await fireEvent.input(field, { target: { value: 'qu' } });
    await settled();
    await fireEvent.keyDown(field, { key: 'Escape' });
    expect(field.getAttribute('aria-expanded')).toBe('false');
    expect(field.value).toBe('king');
    expect(picked).not.toHaveBeenCalled();
  });

  it('says that there is no such word', async () => {
    const { field } = picker();
    await fireEvent.input(field, { target: { value: 'zebra' } });
    await settled();
    await tick();
    expect(screen.getByRole('status').textContent).toContain(
      'No word begins with or contains “zebra”',
    );
  });
});

describe('numbers', () => {
  it('are shown with a sign where colour alone would tell it', () => {
    const { container } = render(Num, { value: 0.5, colored: true });
    expect(container.textContent).toBe('+0.500');
  });

  it('show what they came from on focus, and hide it on Escape', async () => {
    const trace = { title: 'score', terms: [[2, 3]], result: 6 };
    render(Traced, { value: 6, trace: () => trace });
    const number = screen.getByRole('button', { name: '6.000' });
    await fireEvent.focus(number);
    expect(tip.content).toEqual({ trace });
    expect(number.getAttribute('aria-describedby')).toBe('lexiscope-tip');
    await fireEvent.keyDown(number, { key: 'Escape' });
    expect(tip.content).toBeNull();
  });

  it('are taken apart, the largest products first where there are many', () => {
    const terms = Array.from({ length: 30 }, (_, i) => [1, i]);
    render(TraceTable, { trace: { title: 'sum', terms, result: 435, digits: 0 } });
    const rows = screen
      .getAllByRole('row')
      .map((row) => row.textContent.replace(/\s+/g, ' ').trim());
    expect(rows).toHaveLength(11); // nine, the rest, the sum
    expect(rows[0]).toContain('29');
    expect(rows[9]).toContain('21 more');
    expect(rows[9]).toContain('210');
  });
});

it('an error is a sentence without an address, and offers words spelled alike', async () => {
  const onsuggest = vi.fn();
  const error = new ProblemError('“kng” is not there', 404, '/api/x', ['king']);
  render(ErrorBox, { error, onsuggest });
  expect(screen.getByRole('alert').textContent).toMatch(/^“kng” is not there\./);
  expect(screen.getByRole('alert').textContent).not.toContain('/api');
  await fireEvent.click(screen.getByRole('button', { name: 'king' }));
  expect(onsuggest).toHaveBeenCalledWith('king');
});
