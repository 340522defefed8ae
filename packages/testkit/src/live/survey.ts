import { type Entry, type FsBackend, FsError, isNotModified, joinPath, throwIfAborted } from '@mountkit/core';
import { createFindings } from '../findings.ts';
import { type FixtureNode, type FixtureTree, treeOf } from '../fixture-tree.ts';
import { listPages } from '../listing.ts';
import type { Probe } from '../probe.ts';

/** How much of a remote is looked at. */
export interface SurveyLimits {
  /** @default 12 */
  readonly directories?: number;
  /** Files that are read, of each directory. @default 6 */
  readonly filesPerDirectory?: number;
  /** A larger file is left aside, in bytes. @default 4194304 */
  readonly fileBytes?: number;
}

/**
 * A part of what a remote holds, as it says itself: directories from the root on, files of each, read whole. What the remote shows beside it is no fault.
 *
 * @throws {@link FsError} what the backend throws; EINVAL where no file with content was found; ECANCELED.
 */
export async function surveyTree(
  backend: FsBackend,
  probe: Probe,
  limits: SurveyLimits = {},
  signal?: AbortSignal,
): Promise<FixtureTree> {
  const { directories = 12, filesPerDirectory = 6, fileBytes = 4_194_304 } = limits;
  const nodes = new Map<string, FixtureNode>();
  const waiting = ['/'];
  for (let seen = 0; seen < directories && waiting.length > 0; seen += 1) {
    const directory = waiting.shift() ?? '/';
    throwIfAborted(signal, 'test', directory);
    nodes.set(directory, { type: 'directory' });
    const entries = await listPages(probe, backend, directory, createFindings(), { onCut: () => undefined });
    const files: [string, Entry][] = [];
    for (const [name, entry] of entries) {
      const path = joinPath(directory, name);
      if (entry.type === 'directory') waiting.push(path);
      else if (entry.type === 'file') files.push([path, entry]);
      else if (entry.target !== undefined) nodes.set(path, { type: 'symlink', target: entry.target });
    }
    for (const path of chosen(files, filesPerDirectory, fileBytes)) {
      throwIfAborted(signal, 'test', path);
      const answer = await probe.read(backend, path);
      if (!isNotModified(answer)) nodes.set(path, { type: 'file', bytes: answer.bytes });
    }
  }
  const hasContent = [...nodes.values()].some((node) => node.type === 'file' && node.bytes.byteLength > 0);
  if (!hasContent) {
    const detail = `there is no file with content, and of at most ${fileBytes} bytes, to test with`;
    throw new FsError('EINVAL', { op: 'test', path: '/', detail });
  }
  return { ...treeOf(nodes), isPartial: true, keys: 'paths' };
}

/** The smallest and the largest of them, as different as may be. A file whose size is not known may be large: only one is taken. */
function chosen(files: readonly [string, Entry][], most: number, fileBytes: number): readonly string[] {
  const known = files
    .filter(([, { sizeKind, size }]) => sizeKind !== 'unknown' && size <= fileBytes)
    .toSorted(([, a], [, b]) => a.size - b.size);
  const some = known.length <= most ? known : [...known.slice(0, most >> 1), ...known.slice(-(most - (most >> 1)))];
  const unknown = files.filter(([, { sizeKind }]) => sizeKind === 'unknown').slice(0, Math.max(0, most - some.length));
  return [...some, ...unknown].map(([path]) => path);
}
