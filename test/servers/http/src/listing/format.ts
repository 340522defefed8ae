import type { FaultEntry } from '../fault/files.ts';
import type { ListingDialect, ListingEntry, ListingFormat, ListingPlace } from './dialect.ts';
import { encodeSegment } from './dialect.ts';
import { apacheFancy, apachePlain, apacheTable } from './apache.ts';
import { caddyHtml, caddyJson } from './caddy.ts';
import { lighttpdTable } from './lighttpd.ts';
import { nginxHtml, nginxJson, nginxXml } from './nginx.ts';
import { pythonList } from './python.ts';
import { rcloneTable } from './rclone.ts';
import { webdavMultistatus } from './webdav.ts';

const FORMATS: Readonly<Record<ListingDialect, ListingFormat>> = {
  'nginx-html': nginxHtml,
  'nginx-json': nginxJson,
  'nginx-xml': nginxXml,
  'apache-plain': apachePlain,
  'apache-fancy': apacheFancy,
  'apache-table': apacheTable,
  lighttpd: lighttpdTable,
  'caddy-html': caddyHtml,
  'caddy-json': caddyJson,
  python: pythonList,
  rclone: rcloneTable,
  webdav: webdavMultistatus,
};

/** The format of a dialect. */
export function formatOf(dialect: ListingDialect): ListingFormat {
  return FORMATS[dialect];
}

/** A complete listing. */
export function renderListing(format: ListingFormat, place: ListingPlace, entries: readonly ListingEntry[]): string {
  return (
    format.open(place) + entries.map((entry) => format.entry(entry, place)).join(format.separator) + format.close(place)
  );
}

/** The honest lines of a directory. */
export function listingEntriesOf(children: readonly FaultEntry[]): readonly ListingEntry[] {
  return children.map(({ file, name }) => ({
    name,
    href: file === undefined ? `${encodeSegment(name)}/` : encodeSegment(name),
    directory: file === undefined,
    size: file?.bytes.byteLength ?? 0,
    mtimeMs: file?.lastModifiedMs ?? DIRECTORY_MTIME_MS,
    etag: file?.etag ?? null,
  }));
}

const DIRECTORY_MTIME_MS = Date.UTC(2024, 0, 1);
