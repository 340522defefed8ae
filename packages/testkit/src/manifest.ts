import { isLegalName } from '@mountkit/core';
import { createHash } from 'node:crypto';
import { chmod, mkdir, symlink, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { FixtureTree } from './fixture-tree.ts';

/** One line of a manifest, as JSON carries it. */
export interface ManifestEntry {
  /** Absolute path in the tree. */
  readonly path: string;
  readonly type: 'file' | 'directory' | 'symlink';
  readonly size?: number;
  /** In lower-case hexadecimal. */
  readonly sha256?: string;
  readonly mode?: number;
  readonly target?: string;
}

/** What an origin has to hold, for those who upload the tree by means of their own. Sorted by path. */
export function manifestOf(tree: FixtureTree): readonly ManifestEntry[] {
  return Array.from(tree.nodes)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, node]) => {
      if (node.type === 'directory') return { path, type: node.type };
      if (node.type === 'symlink') return { path, type: node.type, target: node.target };
      const sha256 = createHash('sha256').update(node.bytes).digest('hex');
      return {
        path,
        type: node.type,
        size: node.bytes.byteLength,
        sha256,
        ...(node.mode !== undefined && { mode: node.mode }),
      };
    });
}

// 1 January 2024. What was changed just now may change again unseen, so nobody would trust its version yet.
const writtenAtSeconds = 1_704_067_200;

/** Writes the tree into a directory of this machine, which is made where it is missing. Files get a time that lies in the past. */
export async function writeTree(tree: FixtureTree, directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const [path, node] of tree.nodes) {
    const target = join(directory, path);
    if (node.type === 'directory') {
      await mkdir(target, { recursive: true });
      continue;
    }
    await mkdir(dirname(target), { recursive: true });
    if (node.type === 'symlink') await symlink(node.target, target);
    else {
      await writeFile(target, node.bytes);
      if (node.mode !== undefined) await chmod(target, node.mode);
      await utimes(target, writtenAtSeconds, writtenAtSeconds);
    }
  }
}

/** Whether something parsed is a manifest. */
export function isManifest(value: unknown): value is readonly ManifestEntry[] {
  return Array.isArray(value) && value.length > 0 && value.every(isManifestEntry);
}

function isManifestEntry(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { path, type, sha256, target, mode } = value as Readonly<Record<string, unknown>>;
  if (typeof path !== 'string' || !isCanonical(path)) return false;
  if (mode !== undefined && typeof mode !== 'number') return false;
  if (type === 'file') return typeof sha256 === 'string' && /^[0-9a-f]{64}$/.test(sha256);
  return type === 'directory' || (type === 'symlink' && typeof target === 'string');
}

function isCanonical(path: string): boolean {
  return path === '/' || (path.startsWith('/') && path.slice(1).split('/').every(isLegalName));
}
