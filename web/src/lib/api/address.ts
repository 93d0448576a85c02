/** Addresses of questions: one spelling for each, as they are keys of caches and of files. */

export type Query = Readonly<Record<string, unknown>>;

/**
 * The path with its parameters filled in, and the query sorted by name; what is undefined or null
 * is left out, a list becomes the name several times.
 */
export function address(path: string, parameters: Query = {}, query: Query = {}): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String(parameters[name])),
  );
  const pairs: string[] = [];
  for (const name of Object.keys(query).sort()) {
    const value = query[name];
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== null)
        pairs.push(`${name}=${encodeURIComponent(String(one))}`);
    }
  }
  return pairs.length ? `${filled}?${pairs.join('&')}` : filled;
}
