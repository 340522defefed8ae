import { type HtmlDialect, type Line, parseSize } from './dialect.ts';
import type { PageLink } from './html-page.ts';

/**
 * Apache's mod_autoindex: a plain list of names, FancyIndexing in a `pre`, or HTMLTable. Sizes from 973 bytes on are rounded (`apr_strfsize`), times are local ones to
 * the minute.
 */
export const apache: HtmlDialect = ({ elements, heading, links }) => {
  if (!heading.startsWith('Index of ') && heading !== 'Index of') return undefined;
  const isFancy = links.some(
    ({ href, inside }) => /^\?C=[NMSD];?/.test(href) && (inside.includes('pre') || inside.includes('th')),
  );
  if (isFancy) return links.map((link) => (link.inside.includes('td') ? tableLine(link) : fancyLine(link)));
  const isPlain = elements.has('ul') && !elements.has('pre') && !elements.has('table');
  // FancyIndexing without its header (SuppressColumnSorting) has no sort links; the parent tells it from other lists.
  const isSuppressed = elements.has('pre') && links[0]?.label === 'Parent Directory';
  if (isPlain && links.every(({ inside }) => inside.at(-1) === 'li'))
    return links.map(({ href }) => ({ href, directory: href.endsWith('/') }));
  return isSuppressed ? links.map(fancyLine) : undefined;
};

function fancyLine({ after, href }: PageLink): Line {
  const match = /^\s+(\d{4}-\d{2}-\d{2} \d{2}:\d{2})\s+(-|[\d.]+[KMGTPE]?)(?:\s|$)/.exec(after);
  return { href, directory: href.endsWith('/'), ...parseSize(match?.[2] ?? ''), ...printed(match?.[1]) };
}

function tableLine({ cells, href }: PageLink): Line {
  const time = cells.find(({ text }) => /^\s*\d{4}-\d{2}-\d{2} \d{2}:\d{2}\s*$/.test(text));
  const size = time === undefined ? undefined : cells[cells.indexOf(time) + 1];
  return { href, directory: href.endsWith('/'), ...parseSize(size?.text ?? ''), ...printed(time?.text.trim()) };
}

function printed(time: string | undefined): Pick<Line, 'printedTime'> {
  return time === undefined ? {} : { printedTime: time };
}
