import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { replaced } from '$lib/state/replaced.svelte';
import { HttpSource } from './http';
import { isAbort, ProblemError } from './source';

interface Asked {
  url: string;
  signal: AbortSignal | undefined;
  answer: (body: unknown, status?: number, headers?: Record<string, string>) => void;
  fail: (error: Error) => void;
}

let asked: Asked[] = [];
const latest = () => asked.at(-1)!;
const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

beforeEach(() => {
  asked = [];
  vi.stubGlobal('fetch', (url: string, init: RequestInit = {}) => {
    return new Promise<Response>((resolve, reject) => {
      init.signal?.addEventListener('abort', () => reject(new DOMException('', 'AbortError')));
      const text = (body: unknown) => (typeof body === 'string' ? body : JSON.stringify(body));
      asked.push({
        url,
        signal: init.signal ?? undefined,
        answer: (body, status = 200, headers = {}) =>
          resolve(new Response(text(body), { status, headers })),
        fail: reject,
      });
    });
  });
});

afterEach(() => vi.unstubAllGlobals());

async function open(): Promise<HttpSource> {
  const opening = HttpSource.open('http://s');
  latest().answer({ fingerprint: 'f00', words: 3 });
  return opening;
}

describe('HttpSource', () => {
  it('asks with the fingerprint, so that browsers may keep answers for ever', async () => {
    const source = await open();
    void source.json('/api/explore/neighbors', { query: { word: 'new york', topn: 3 } });
    expect(latest().url).toBe('http://s/api/explore/neighbors?topn=3&v=f00&word=new%20york');
  });

  it('asks once for what several wait for, and never again', async () => {
    const source = await open();
    const both = [source.json('/api/census'), source.json('/api/census')];
    expect(asked).toHaveLength(2); // the subject, and this
    latest().answer({ parameters: 7 });
    expect(await Promise.all(both)).toEqual([{ parameters: 7 }, { parameters: 7 }]);
    expect(await source.json('/api/census')).toEqual({ parameters: 7 });
    expect(asked).toHaveLength(2);
  });

  it('asks again for what the server says not to keep', async () => {
    const source = await open();
    for (const share of [0.25, 0.5]) {
      const asking = source.json('/api/map');
      latest().answer({ share }, 200, { 'Cache-Control': 'no-store' });
      expect(await asking).toEqual({ share });
    }
    expect(asked).toHaveLength(3);
  });

  it('calls off what nobody waits for any more, and only that', async () => {
    const source = await open();
    const [one, other] = [new AbortController(), new AbortController()];
    const first = source.json('/api/words', { query: { search: 'a' }, signal: one.signal });
    const second = source.json('/api/words', { query: { search: 'a' }, signal: other.signal });
    one.abort();
    await expect(first).rejects.toSatisfy(isAbort);
    expect(latest().signal!.aborted).toBe(false);
    other.abort();
    await expect(second).rejects.toSatisfy(isAbort);
    expect(latest().signal!.aborted).toBe(true);
    void source.json('/api/words', { query: { search: 'a' } });
    expect(asked).toHaveLength(3);
  });

  it('passes on what the server says is wrong', async () => {
    const source = await open();
    const asking = source.json('/api/explore/neighbors', { query: { word: 'kng' } });
    latest().answer({ error: 'no such word', suggestions: ['king'] }, 404);
    await expect(asking).rejects.toMatchObject({
      message: 'no such word',
      status: 404,
      suggestions: ['king'],
    });
    await settled();
    void source.json('/api/explore/neighbors', { query: { word: 'kng' } });
    expect(asked).toHaveLength(3); // a failure is not kept
  });

  it('says so when an answer is none of the server’s, or there is none', async () => {
    const source = await open();
    const proxied = source.json('/api/census');
    latest().answer('<h1>Bad gateway</h1>', 502);
    await expect(proxied).rejects.toThrow(/502: <h1>Bad gateway/);
    const nobody = source.json('/api/model');
    latest().fail(new TypeError('fetch failed'));
    await expect(nobody).rejects.toThrow(/is `lexiscope serve` still running/);
    await expect(nobody).rejects.toBeInstanceOf(ProblemError);
  });

  it('finds out what is served now when it is no longer what the page was opened on', async () => {
    const source = await open();
    const asking = source.json('/api/census');
    latest().answer({ error: 'made for another model', suggestions: [] }, 409);
    await expect(asking).rejects.toMatchObject({ status: 409 });
    await settled();
    expect(latest().url).toBe('http://s/api/subject');
    latest().answer({ name: 'another run' });
    await settled();
    expect(replaced.by).toBe('another run');
    replaced.by = null;
  });

  it('asks for nothing when it is called off before', async () => {
    const source = await open();
    const signal = AbortSignal.abort();
    await expect(source.json('/api/census', { signal })).rejects.toSatisfy(isAbort);
    expect(asked).toHaveLength(1);
  });
});
