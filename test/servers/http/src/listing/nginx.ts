import type { ListingFormat } from './dialect.ts';
import { escapeMarkup } from './dialect.ts';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** nginx autoindex, HTML: names cut after 50 characters, exact sizes, times to the minute. */
export const nginxHtml: ListingFormat = {
  type: 'text/html',
  status: 200,
  open: ({ path }) =>
    `<html>\r\n<head><title>Index of ${escapeMarkup(path)}</title></head>\r\n<body>\r\n` +
    `<h1>Index of ${escapeMarkup(path)}</h1><hr><pre><a href="../">../</a>\r\n`,
  separator: '',
  entry: ({ directory, href, mtimeMs, name, size }) => {
    const shown = directory ? `${name}/` : name;
    const characters = Array.from(shown);
    const cut = characters.length > 50 ? `${escapeMarkup(characters.slice(0, 47).join(''))}..&gt;` : undefined;
    const padding = cut === undefined ? ' '.repeat(Math.max(0, 50 - characters.length)) : '';
    return (
      `<a href="${escapeMarkup(href)}">${cut ?? escapeMarkup(shown)}</a>${padding} ` +
      `${dayMonth(mtimeMs)} ${`${directory ? '-' : size}`.padStart(19)}\r\n`
    );
  },
  close: () => '</pre><hr></body>\r\n</html>\r\n',
};

/** nginx autoindex, JSON: exact sizes, no links at all. */
export const nginxJson: ListingFormat = {
  type: 'application/json',
  status: 200,
  open: () => '[\r\n',
  separator: ',\r\n',
  entry: ({ directory, mtimeMs, name, size }) =>
    `{ "name":${JSON.stringify(name)}, "type":"${directory ? 'directory' : 'file'}", ` +
    `"mtime":"${new Date(mtimeMs).toUTCString()}"${directory ? '' : `, "size":${size}`} }`,
  close: () => '\r\n]\r\n',
};

/** nginx autoindex, XML: exact sizes, names as text. */
export const nginxXml: ListingFormat = {
  type: 'text/xml; charset=utf-8',
  status: 200,
  open: () => '<?xml version="1.0"?>\r\n<list>\r\n',
  separator: '',
  entry: ({ directory, mtimeMs, name, size }) => {
    const element = directory ? 'directory' : 'file';
    const sizeAttribute = directory ? '' : ` size="${size}"`;
    return (
      `<${element} mtime="${new Date(mtimeMs).toISOString().slice(0, 19)}Z"${sizeAttribute}>` +
      `${escapeMarkup(name)}</${element}>\r\n`
    );
  },
  close: () => '</list>\r\n',
};

function dayMonth(mtimeMs: number): string {
  const date = new Date(mtimeMs);
  const day = `${date.getUTCDate()}`.padStart(2, '0');
  return `${day}-${MONTHS[date.getUTCMonth()] ?? ''}-${date.getUTCFullYear()} ${date.toISOString().slice(11, 16)}`;
}
