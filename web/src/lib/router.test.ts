import { beforeEach, describe, expect, it, vi } from 'vitest';
import { href, parse, route } from './router.svelte';

describe('addresses', () => {
  it('are read', () => {
    expect(parse('#/walkthrough?step=4210&compare=12')).toEqual({
      view: 'walkthrough',
      parameters: { step: '4210', compare: '12' },
    });
    expect(parse('')).toEqual({ view: '', parameters: {} });
    expect(parse('#/explore/?word=new%20york')).toMatchObject({
      view: 'explore',
      parameters: { word: 'new york' },
    });
    expect(parse('#/%E0%A4%A')).toMatchObject({ view: '' }); // a broken escape
  });

  it('are written without what is not said', () => {
    expect(href('walkthrough', { step: 3, compare: null, word: '' })).toBe('#/walkthrough?step=3');
    expect(href('explore', { words: 'king,new york' })).toBe('#/explore?words=king,new+york');
    expect(parse(href('x', { a: 'é&=#?' })).parameters).toEqual({ a: 'é&=#?' });
  });
});

describe('the router', () => {
  beforeEach(() => {
    history.replaceState(null, '', '#/walkthrough?step=7&mode=b');
    window.dispatchEvent(new HashChangeEvent('hashchange'));
  });

  it('reads numbers within bounds, words from a list, flags', () => {
    expect(route.number('step', 1)).toBe(7);
    expect(route.number('step', 1, 1, 5)).toBe(5);
    expect(route.number('none', null)).toBeNull();
    expect(route.choice('mode', ['a', 'b'])).toBe('b');
    expect(route.choice('none', ['a', 'b'])).toBe('a');
    route.set({ step: 'x', words: 'a,b', on: true });
    expect(route.number('step', 4)).toBe(4);
    expect(route.list('words')).toEqual(['a', 'b']);
    expect(route.flag('on')).toBe(true);
  });

  it('makes a step for the back button, except while scrubbing', () => {
    const [push, replace] = [vi.spyOn(history, 'pushState'), vi.spyOn(history, 'replaceState')];
    for (let step = 8; step < 300; step++) route.set({ step }, { replace: true });
    expect(route.number('step', 0)).toBe(299); // at once
    route.flush();
    expect(replace).toHaveBeenCalledTimes(1);
    expect(location.hash).toBe('#/walkthrough?step=299&mode=b');
    route.set({ step: 1 });
    expect(push).toHaveBeenCalledTimes(1);
    expect(location.hash).toBe('#/walkthrough?step=1&mode=b');
    route.set({ step: 1 });
    expect(push).toHaveBeenCalledTimes(1); // nothing new
  });

  it('knows in which state each view was left', () => {
    route.set({ step: 42, mode: null });
    expect(route.lastOf('walkthrough')).toBe('#/walkthrough?step=42');
    expect(route.lastOf('never')).toBe('#/never');
  });
});
