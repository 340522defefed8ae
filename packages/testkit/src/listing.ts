import { type Entry, type FsBackend, isLegalName } from '@mountkit/core';
import type { Findings } from './findings.ts';
import type { Probe } from './probe.ts';

const mostPages = 10_000;
const somePages = 20;

/** What is listed. */
interface ListPagesOptions {
  readonly recursive?: boolean;
  readonly locator?: string;
  /** A part will do: called where there are more than 20 pages, of which the first are in the result. */
  readonly onCut?: () => void;
}

/** Follows the pages of a listing to their end, filing what is wrong with them. What cannot be a name, or comes again, is left out of the result. */
export async function listPages(
  probe: Probe,
  backend: FsBackend,
  path: string,
  findings: Findings,
  { onCut, ...options }: ListPagesOptions = {},
): Promise<ReadonlyMap<string, Entry>> {
  const found = new Map<string, Entry>();
  const cursors = new Set<string>();
  const group = options.recursive === true ? 'recursive' : 'list';
  let cursor: string | undefined;
  for (let pages = 0; pages < (onCut === undefined ? mostPages : somePages); pages += 1) {
    const page = await probe.call(`list '${path}'`, () =>
      backend.list(path, { ...options, ...(cursor !== undefined && { cursor }) }, {}),
    );
    for (const entry of page.entries) {
      const name = entry.path;
      const segments = options.recursive === true ? String(name).split('/') : [String(name)];
      if (!segments.every(isLegalName)) findings.add(`${group}.names`, `'${path}' lists ${JSON.stringify(name)}`);
      else if (found.has(name)) findings.add(`${group}.once`, `'${path}' lists ${JSON.stringify(name)} again`);
      else found.set(name, entry);
    }
    ({ cursor } = page);
    if (cursor === undefined) return found;
    if (cursor === '' || cursors.has(cursor)) {
      findings.add(`${group}.cursor`, `the pages of '${path}' go in a circle at page ${pages + 1}`);
      return found;
    }
    cursors.add(cursor);
  }
  if (onCut === undefined) findings.add(`${group}.cursor`, `the pages of '${path}' have no end`);
  else onCut();
  return found;
}
