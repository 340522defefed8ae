import type { FaultEntry } from '../fault/files.ts';
import type { ListingDialect, ListingEntry, ListingFormat, ListingPlace } from './dialect.ts';
import { encodeSegment } from './dialect.ts';
import { nginxHtml, nginxJson, nginxXml } from './nginx.ts';

const FORMATS: Readonly<Partial<Record<ListingDialect, ListingFormat>>> = {
  'nginx-html': nginxHtml,
  'nginx-json': nginxJson,
  'nginx-xml': nginxXml,
};

/** The format of a dialect. */
export function formatOf(dialect: ListingDialect): ListingFormat {
  const format = FORMATS[dialect];
  if (format === undefined) throw new Error(`no listing format ${dialect}`);
  return format;
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
