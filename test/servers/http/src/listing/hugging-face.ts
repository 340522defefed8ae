import type { FaultFiles } from '../fault/files.ts';

/** One page of a Hugging Face tree listing. */
export interface HuggingFacePage {
  /** JSON text of the page. */
  readonly body: string;
  /** Position of the next page, or undefined for the last one. */
  readonly nextCursor: number | undefined;
}

const OLD_COMMIT = { id: '0'.repeat(40), title: 'Add files', date: '2024-01-01T00:00:00.000Z' };

/**
 * A tree as `GET /api/{models,datasets,spaces}/{repo}/tree/{revision}/{path}` answers it: entries with whole paths,
 * exact sizes, object ids. See https://huggingface.co/docs/hub/api.
 *
 * @returns undefined when there is no such directory.
 */
export function huggingFacePage(
  files: FaultFiles,
  directory: string,
  options: { readonly recursive: boolean; readonly expand: boolean; readonly limit: number; readonly cursor: number },
): HuggingFacePage | undefined {
  const entries: Record<string, unknown>[] = [];
  const visit = (path: string): boolean => {
    const children = files.list(path);
    if (children === undefined) return false;
    for (const { file, name } of children) {
      const childPath = path === '' ? name : `${path}/${name}`;
      const extra = options.expand ? { lastCommit: OLD_COMMIT } : {};
      const oid = (file?.etag ?? '').replace(/\W/g, '').padEnd(40, '0').slice(0, 40);
      entries.push(
        file === undefined
          ? { type: 'directory', oid, size: 0, path: childPath, ...extra }
          : { type: 'file', oid, size: file.bytes.byteLength, path: childPath, ...extra },
      );
      if (file === undefined && options.recursive) visit(childPath);
    }
    return true;
  };
  if (!visit(directory)) return undefined;
  const end = options.cursor + options.limit;
  return {
    body: JSON.stringify(entries.slice(options.cursor, end)),
    nextCursor: end < entries.length ? end : undefined,
  };
}
