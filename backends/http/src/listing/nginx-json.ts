import type { Line } from './dialect.ts';
import { isRecord } from './json.ts';
import type { ListingText } from './text.ts';

/** nginx `autoindex_format json`: plain names, exact sizes, times to the second. Names that are not UTF-8 stand in it as they are. */
export function nginxJson(lines: readonly unknown[], { bytesOf }: ListingText): readonly Line[] | undefined {
  const read: Line[] = [];
  for (const line of lines) {
    if (!isRecord(line) || typeof line['name'] !== 'string' || typeof line['mtime'] !== 'string') return undefined;
    const { name, mtime, size, type } = line;
    if (type !== 'file' && type !== 'directory' && type !== 'other') return undefined;
    const mtimeMs = Date.parse(mtime);
    if (type === 'other') continue;
    read.push({
      name: bytesOf(name),
      directory: type === 'directory',
      ...(typeof size === 'number' && { size }),
      ...(!Number.isNaN(mtimeMs) && { mtimeMs }),
    });
  }
  return read;
}
