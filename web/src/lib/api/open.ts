/** Finds out where the page's data is. */
import type { Source } from './source';
import { HttpSource } from './http';
import { isNotebook, talk } from './notebook';

const DATA = 'lexiscope-data';

/** The page's own data where it carries some, the notebook's kernel, or the server that it came from. */
export async function openSource(): Promise<Source> {
  const embedded = document.getElementById(DATA)?.textContent?.trim();
  if (!embedded) return HttpSource.open();
  if (isNotebook(embedded)) return HttpSource.open('', talk());
  const { FileSource } = await import('./single-file');
  return FileSource.open(embedded);
}
