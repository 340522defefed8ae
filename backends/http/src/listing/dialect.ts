import type { Digest } from '@mountkit/core';
import type { HtmlPage } from './html-page.ts';

/** One line of a listing, before anything about it is believed. */
export interface Line {
  /** The link, as it stands in the listing; or `name`, where the listing has plain names. */
  readonly href?: string;
  /** The bytes of the name. */
  readonly name?: Uint8Array;
  readonly directory: boolean;
  /** In bytes; left out where the listing has none. */
  readonly size?: number;
  /** Whether `size` is rounded. */
  readonly rounded?: boolean;
  /** Milliseconds since the epoch; only where it is true to the second and its zone is known. */
  readonly mtimeMs?: number;
  /** The time as the listing prints it, where its zone or seconds are not known. */
  readonly printedTime?: string;
  readonly etag?: string;
  /** Last-Modified, as the listing has it. */
  readonly modified?: string;
  readonly digest?: Digest;
}

/** The lines of a page in one dialect; undefined where the page is none of it. */
export type HtmlDialect = (page: HtmlPage) => readonly Line[] | undefined;

/** A size as listings print it: `1234` is exact, `1.2K` rounded; undefined for `-` and everything else. */
export function parseSize(text: string): Pick<Line, 'size' | 'rounded'> {
  const match = /^(\d{1,15})(\.\d+)?([KMGTPE])?$/.exec(text.trim());
  if (match === null) return {};
  const factor = 1024 ** ('KMGTPE'.indexOf(match[3] ?? '') + 1);
  if (match[3] === undefined && match[2] === undefined) return { size: Number(match[1]) };
  return {
    size: Math.round(Number(`${match[1]}${match[2] ?? ''}`) * (match[3] === undefined ? 1 : factor)),
    rounded: true,
  };
}
