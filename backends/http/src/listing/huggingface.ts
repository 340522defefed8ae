import { basename, type Digest, encodeName, type Entry } from '@mountkit/core';
import { isRecord } from './json.ts';

/**
 * The `tree` and `paths-info` answers of the Hugging Face Hub: paths from the repository's root, exact sizes, git's blob ids and the SHA-256 of large files
 * (https://huggingface.co/docs/hub/api). Undefined where it is none.
 */
export function huggingface(value: unknown): readonly Entry[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const entries: Entry[] = [];
  for (const line of value) {
    if (!isRecord(line) || typeof line['path'] !== 'string') return undefined;
    const name = basename(line['path']);
    if (name === '' || name === '.' || name === '..') continue;
    const path = encodeName(name);
    if (line['type'] === 'directory') entries.push({ path, type: 'directory', size: 0, sizeKind: 'exact' });
    if (line['type'] === 'file') entries.push(fileEntry(path, line));
  }
  return entries;
}

function fileEntry(path: string, { lfs, oid, size }: Readonly<Record<string, unknown>>): Entry {
  const isSize = typeof size === 'number' && Number.isSafeInteger(size) && size >= 0;
  const digest = digestOf(lfs, oid);
  return {
    path,
    type: 'file',
    size: isSize ? size : 0,
    sizeKind: isSize ? 'exact' : 'unknown',
    ...(digest !== undefined && { digest }),
  };
}

function digestOf(lfs: unknown, oid: unknown): Digest | undefined {
  if (isRecord(lfs)) {
    const hex = typeof lfs['oid'] === 'string' ? lfs['oid'].replace(/^sha256:/, '') : '';
    return /^[0-9a-f]{64}$/.test(hex) ? { algorithm: 'sha256', hex } : undefined;
  }
  return typeof oid === 'string' && /^[0-9a-f]{40}$/.test(oid) ? { algorithm: 'git-sha1', hex: oid } : undefined;
}
