import type { Line } from './dialect.ts';
import { isRecord } from './json.ts';

/** Caddy's `file_server browse` as JSON: the link in `url` (a name that is not UTF-8 is lost in `name`), exact sizes, times to the second. */
export function caddyJson(lines: readonly unknown[]): readonly Line[] | undefined {
  const read: Line[] = [];
  for (const line of lines) {
    if (!isRecord(line) || typeof line['url'] !== 'string' || typeof line['is_dir'] !== 'boolean') return undefined;
    const { is_dir: directory, mod_time: time, size, url } = line;
    const mtimeMs = typeof time === 'string' ? Date.parse(time) : Number.NaN;
    read.push({
      href: url,
      directory,
      ...(typeof size === 'number' && !directory && { size }),
      ...(!Number.isNaN(mtimeMs) && { mtimeMs }),
    });
  }
  return read;
}
