import type { Line } from './dialect.ts';
import type { HtmlPage, PageLink } from './html-page.ts';

/** The links that stand in rows with a machine-readable size: the table of Caddy's `browse` template, which rclone took over. */
export function browseLinks({ links, tables }: HtmlPage): readonly PageLink[] | undefined {
  if (!tables.includes('summary')) return undefined;
  return links.filter(
    ({ cells, inside }) => inside.includes('td') && cells.some(({ attributes }) => sizeOf(attributes) !== undefined),
  );
}

/** A line of such a table. */
export function browseLine({ cells, href, times }: PageLink): Line {
  const directory = href.endsWith('/');
  const size = cells.map(({ attributes }) => sizeOf(attributes)).find((text) => text !== undefined);
  // Caddy writes ` 2024-01-02T03:04:05Z`, rclone `2024-01-02 03:04:05 +0000 UTC`.
  const match = /^\s*(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(?:Z| \+0000 UTC)\s*$/.exec(times[0] ?? '');
  const mtimeMs = match === null ? Number.NaN : Date.parse(`${match[1]}T${match[2]}Z`);
  return {
    href,
    directory,
    ...(!directory && size !== undefined && /^\d{1,15}$/.test(size) && { size: Number(size) }),
    ...(!Number.isNaN(mtimeMs) && { mtimeMs }),
  };
}

function sizeOf(attributes: Readonly<Record<string, string>>): string | undefined {
  return attributes['data-order'] ?? attributes['data-size'];
}
