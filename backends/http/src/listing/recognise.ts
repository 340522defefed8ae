import { apache } from './apache.ts';
import { caddyHtml } from './caddy-html.ts';
import { caddyJson } from './caddy-json.ts';
import type { ListingChoice } from './choice.ts';
import type { HtmlDialect, Line } from './dialect.ts';
import { readHtmlPage } from './html-page.ts';
import { parseJson } from './json.ts';
import { lighttpd } from './lighttpd.ts';
import { nginxHtml } from './nginx-html.ts';
import { nginxJson } from './nginx-json.ts';
import { nginxXml } from './nginx-xml.ts';
import { python } from './python.ts';
import { rclone } from './rclone.ts';
import { decodeListing, type ListingText } from './text.ts';

/** The dialects that come as an answer to a plain GET. */
export type PageDialect = Exclude<ListingChoice, 'auto' | 'webdav' | 'huggingface' | 'manifest' | 'sha256sum' | 'none'>;

/** What became of an answer. */
export type Recognised =
  | { readonly dialect: PageDialect; readonly lines: readonly Line[] }
  /** It is a listing, but it breaks off, or it is too long. */
  | 'broken'
  | 'too-long'
  /** It is something else. */
  | undefined;

const htmlDialects: readonly (readonly [PageDialect, HtmlDialect])[] = [
  ['nginx-html', nginxHtml],
  ['lighttpd', lighttpd],
  ['python', python],
  ['apache', apache],
  ['caddy-html', caddyHtml],
  ['rclone', rclone],
];

/**
 * Reads a listing in whatever dialect it is.
 *
 * @param only the one dialect it may be in, by option.
 */
export function recogniseListing(type: string, bytes: Uint8Array, mostEntries: number, only?: PageDialect): Recognised {
  const source = decodeListing(bytes);
  const found = /\bjson\b/i.test(type)
    ? readJson(source)
    : /\bxml\b/i.test(type) && !/xhtml/i.test(type)
      ? readXmlListing(source, mostEntries)
      : /\bhtml\b/i.test(type)
        ? readHtml(source, mostEntries, only)
        : undefined;
  if (typeof found !== 'object' || only === undefined || found.dialect === only) {
    return typeof found === 'object' && found.lines.length > mostEntries ? 'too-long' : found;
  }
  // An empty array is an empty directory in both of the dialects that speak JSON.
  return found.lines.length === 0 && (only === 'nginx-json' || only === 'caddy-json')
    ? { dialect: only, lines: [] }
    : undefined;
}

function readJson(source: ListingText): Recognised {
  const parsed = parseJson(source.text);
  if (parsed === undefined) return 'broken';
  // Caddy says null of an empty directory.
  const lines = parsed.value === null ? [] : parsed.value;
  if (!Array.isArray(lines)) return undefined;
  const caddy = caddyJson(lines);
  if (caddy !== undefined) return { dialect: 'caddy-json', lines: caddy };
  const nginx = nginxJson(lines, source);
  return nginx === undefined ? undefined : { dialect: 'nginx-json', lines: nginx };
}

function readXmlListing(source: ListingText, mostEntries: number): Recognised {
  if (!/^\s*<\?xml[^>]*>\s*<list>/.test(source.text.slice(0, 200))) return undefined;
  const lines = nginxXml(source, mostEntries);
  return lines === undefined ? 'broken' : { dialect: 'nginx-xml', lines };
}

function readHtml(source: ListingText, mostEntries: number, only: PageDialect | undefined): Recognised {
  // Sort links and the like come on top of the entries.
  const page = readHtmlPage(source.text, mostEntries + 32);
  if (page === undefined) return 'too-long';
  for (const [dialect, read] of htmlDialects) {
    const lines = only === undefined || only === dialect ? read(page) : undefined;
    if (lines !== undefined) return page.isComplete ? { dialect, lines } : 'broken';
  }
  return undefined;
}
