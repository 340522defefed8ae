import { Parser } from 'htmlparser2';

/** A cell of a table. */
interface PageCell {
  text: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** A link and what stands around it. */
export interface PageLink {
  readonly href: string;
  label: string;
  /** Text behind it, up to the next link. */
  after: string;
  /** Names of the nearest elements around it, outermost first. */
  readonly inside: readonly string[];
  /** The cells of its table row, complete once the page is. */
  readonly cells: readonly PageCell[];
  /** `datetime` attributes of its row. */
  readonly times: readonly string[];
}

/** What listings are recognised and read by. */
export interface HtmlPage {
  readonly title: string;
  /** Text of the first-level and second-level headings. */
  readonly heading: string;
  /** Names of all elements. */
  readonly elements: ReadonlySet<string>;
  /** `summary` and `aria-describedby` of the tables. */
  readonly tables: readonly string[];
  readonly links: readonly PageLink[];
  /** Whether the page was closed: one without its end was cut off. */
  readonly isComplete: boolean;
}

const afterLimit = 400;
// No listing nests like this; a parser that looks up every closing tag in so many open ones would never end.
const mostNested = 256;
const voidElements: ReadonlySet<string> = new Set(['img', 'hr', 'br', 'meta', 'link', 'input', 'use', 'path']);

/**
 * Reads a page.
 *
 * @param mostLinks where there are more links than this, reading stops and undefined is given.
 */
export function readHtmlPage(text: string, mostLinks: number): HtmlPage | undefined {
  const links: PageLink[] = [];
  const elements = new Set<string>();
  const tables: string[] = [];
  const open: string[] = [];
  let title = '';
  let heading = '';
  let isComplete = false;
  let row: { readonly cells: PageCell[]; readonly times: string[] } = { cells: [], times: [] };
  let link: PageLink | undefined;
  let last: PageLink | undefined;
  let cell: PageCell | undefined;

  const parser = new Parser({
    onopentag(name, attributes): void {
      elements.add(name);
      if (name === 'tr') [row, cell] = [{ cells: [], times: [] }, undefined];
      if (name === 'td' || name === 'th') {
        cell = { text: '', attributes };
        row.cells.push(cell);
      }
      if (name === 'table') tables.push(attributes['summary'] ?? attributes['aria-describedby'] ?? '');
      const time = attributes['datetime'];
      if (time !== undefined) row.times.push(time);
      const { href } = attributes;
      if (name === 'a' && href !== undefined && links.length <= mostLinks) {
        link = { href, label: '', after: '', inside: open.slice(-8), cells: row.cells, times: row.times };
        last = link;
        links.push(link);
      }
      if (!voidElements.has(name)) open.push(name);
    },
    ontext(data): void {
      const element = open.at(-1);
      if (element === 'title') title += data;
      if (open.includes('h1') || open.includes('h2')) heading += data;
      if (cell !== undefined) cell.text += data;
      if (link !== undefined) link.label += data;
      else if (last !== undefined && last.after.length < afterLimit) last.after += data;
    },
    onclosetag(name, isImplied): void {
      const index = open.lastIndexOf(name);
      if (index >= 0) open.length = index;
      if (name === 'a') link = undefined;
      if (name === 'td' || name === 'th') cell = undefined;
      if (name === 'html' && !isImplied) isComplete = true;
    },
  });
  // In pieces, so that a page that is nothing but links is given up early.
  for (let start = 0; start < text.length && links.length <= mostLinks && open.length <= mostNested; start += 65_536) {
    parser.write(text.slice(start, start + 65_536));
  }
  parser.end();
  if (links.length > mostLinks) return undefined;
  return { title: title.trim(), heading: heading.trim(), elements, tables, links, isComplete };
}
