import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Stream } from './stream.svelte';

class Events extends EventTarget {
  static readonly CLOSED = 2;
  static last: Events;
  readyState = 1;
  onerror: (() => void) | null = null;

  constructor(readonly address: string) {
    super();
    Events.last = this;
  }

  close(): void {
    this.readyState = Events.CLOSED;
  }

  say(kind: string, change: unknown): void {
    this.dispatchEvent(new MessageEvent(kind, { data: JSON.stringify(change) }));
  }

  fail(state: number): void {
    this.readyState = state;
    this.onerror?.();
  }
}

beforeEach(() => vi.stubGlobal('EventSource', Events));
afterEach(() => vi.unstubAllGlobals());

describe('the stream', () => {
  it('takes the whole run and then its changes, and begins anew when connected again', () => {
    const stream = new Stream();
    const leave = stream.listen();
    expect(Events.last.address).toBe('/api/watch');
    Events.last.say('whole', { name: 'model', points: [[1, 2, 3, 4]] });
    Events.last.say('change', { points: [[2, 2, 3, 4]] });
    expect(stream.live.points.map(([done]) => done)).toEqual([1, 2]);
    Events.last.fail(0);
    expect(stream.connection).toBe('lost');
    Events.last.say('whole', { name: 'model', points: [[5, 2, 3, 4]] });
    expect(stream.live.points.map(([done]) => done)).toEqual([5]);
    expect(stream.connection).toBe('open');
    leave();
    expect(Events.last.readyState).toBe(Events.CLOSED);
  });

  it('is left alone when the run has ended', () => {
    const stream = new Stream();
    stream.listen();
    Events.last.say('whole', { name: 'model', state: 'ended', end: { outcome: 'finished' } });
    expect(Events.last.readyState).toBe(Events.CLOSED);
    expect(stream.connection).toBe('open');
  });

  it('knows a server that trains nothing', () => {
    const stream = new Stream();
    stream.listen();
    Events.last.fail(Events.CLOSED);
    expect(stream.connection).toBe('none');
  });

  it('asks with the header that only this page can send, and tells why it was refused', async () => {
    const asked = vi.fn<typeof fetch>().mockResolvedValue(new Response(null, { status: 204 }));
    vi.stubGlobal('fetch', asked);
    const stream = new Stream();
    await stream.ask('pause');
    expect(asked).toHaveBeenCalledWith('/api/watch/pause', {
      method: 'POST',
      headers: { 'X-Lexiscope': 'watch' },
    });
    expect(stream.refused).toBe('');
    asked.mockResolvedValue(Response.json({ error: 'too late' }, { status: 409 }));
    await stream.ask('stop');
    expect(stream.refused).toBe('too late');
    asked.mockRejectedValue(new TypeError('gone'));
    await stream.ask('stop');
    expect(stream.refused).toBe('the training does not answer');
  });
});
