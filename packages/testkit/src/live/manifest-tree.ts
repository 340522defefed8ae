import { type FsBackend, FsError, isNotModified, throwIfAborted } from '@mountkit/core';
import { createHash } from 'node:crypto';
import { type FixtureNode, fixtureTree, type FixtureTree, treeOf } from '../fixture-tree.ts';
import { isManifest, type ManifestEntry, manifestOf } from '../manifest.ts';
import { describeError, type Probe } from '../probe.ts';
import { shownPath } from '../shown-tree.ts';

const mostNamed = 5;

/**
 * The tree a manifest describes, put on a remote by whatever means. The bytes of the standard tree are known; those of other files are read from the remote and
 * compared with the manifest.
 *
 * @param text JSON, as `manifestOf` makes it.
 * @throws {@link FsError} EINVAL for what is no manifest, EIO where the remote holds something else, ECANCELED.
 */
export async function treeOfManifest(
  text: string,
  backend: FsBackend,
  probe: Probe,
  signal?: AbortSignal,
): Promise<FixtureTree> {
  const entries = parseManifest(text);
  const standard = fixtureTree({ symlinks: true, modes: true, emptyDirectories: true });
  const hashes = new Map(manifestOf(standard).map((entry) => [entry.path, entry.sha256]));
  const nodes = new Map<string, FixtureNode>();
  const wrong: string[] = [];
  for (const { path, type, sha256, mode, target } of entries) {
    throwIfAborted(signal, 'test', path);
    const known = standard.nodes.get(path);
    if (type === 'symlink') nodes.set(path, { type, target: target ?? '' });
    else if (type === 'directory') nodes.set(path, { type });
    else if (known?.type === 'file' && hashes.get(path) === sha256) nodes.set(path, known);
    else {
      const bytes = await bytesOf(backend, probe, shownPath(path));
      if (typeof bytes === 'string') wrong.push(bytes);
      else if (createHash('sha256').update(bytes).digest('hex') !== sha256) wrong.push(`'${path}' has another SHA-256`);
      else nodes.set(path, { type: 'file', bytes, ...(mode !== undefined && { mode }) });
    }
  }
  if (wrong.length > 0) {
    const more = wrong.length > mostNamed ? [`and ${wrong.length - mostNamed} more`] : [];
    const detail = `the remote does not hold what the manifest says: ${[...wrong.slice(0, mostNamed), ...more].join('; ')}`;
    throw new FsError('EIO', { op: 'test', reason: 'integrity', detail });
  }
  return treeOf(nodes);
}

function parseManifest(text: string): readonly ManifestEntry[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new FsError('EINVAL', { op: 'test', detail: 'the manifest is not JSON', cause });
  }
  if (isManifest(parsed)) return parsed;
  throw new FsError('EINVAL', {
    op: 'test',
    detail: 'the manifest is no list of {path, type, sha256} as manifestOf makes it',
  });
}

async function bytesOf(backend: FsBackend, probe: Probe, path: string): Promise<Uint8Array | string> {
  try {
    const answer = await probe.read(backend, path);
    return isNotModified(answer) ? `'${path}' is "not modified"` : answer.bytes;
  } catch (error) {
    return describeError(error);
  }
}
