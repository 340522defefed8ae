/** Every listing format the fault server can write, named after the server that speaks it. */
export const LISTING_DIALECTS = [
  'nginx-html',
  'nginx-json',
  'nginx-xml',
  'apache-plain',
  'apache-fancy',
  'apache-table',
  'lighttpd',
  'caddy-html',
  'caddy-json',
  'python',
  'rclone',
  'webdav',
] as const;

/** Name of a listing format. */
export type ListingDialect = (typeof LISTING_DIALECTS)[number];

/** One line of a listing. */
export interface ListingEntry {
  /** Name as the listing shows it, unescaped. */
  readonly name: string;
  /** Reference as the listing links it, already percent-encoded; a directory's ends with a slash. */
  readonly href: string;
  readonly directory: boolean;
  /** Size in bytes; 0 for a directory. */
  readonly size: number;
  readonly mtimeMs: number;
  /** ETag with its quotes, or null. */
  readonly etag: string | null;
}

/** The directory a listing is about. */
export interface ListingPlace {
  /** Absolute, percent-encoded URL path of the directory, with a trailing slash. */
  readonly urlPath: string;
  /** Decoded path below the root with a leading and a trailing slash. */
  readonly path: string;
}

/** A listing in parts, so that one without end can be made of it. */
export interface ListingFormat {
  /** Value of Content-Type. */
  readonly type: string;
  /** Status of the answer. */
  readonly status: number;
  readonly open: (place: ListingPlace) => string;
  /** Between entries. */
  readonly separator: string;
  readonly entry: (entry: ListingEntry, place: ListingPlace) => string;
  readonly close: (place: ListingPlace) => string;
}

/** Percent-encodes one path segment, as `encodeURIComponent` does. */
export function encodeSegment(name: string): string {
  return encodeURIComponent(name);
}

/** Escapes text for HTML or XML content and attributes. */
export function escapeMarkup(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
