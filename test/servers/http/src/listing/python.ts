import type { ListingFormat } from './dialect.ts';
import { escapeMarkup } from './dialect.ts';

/** Python's `http.server`: names only, no link up. */
export const pythonList: ListingFormat = {
  type: 'text/html; charset=utf-8',
  status: 200,
  open: ({ path }) => {
    const title = `Directory listing for ${escapeMarkup(path)}`;
    return (
      '<!DOCTYPE HTML>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n' +
      `<title>${title}</title>\n</head>\n<body>\n<h1>${title}</h1>\n<hr>\n<ul>\n`
    );
  },
  separator: '',
  entry: ({ directory, href, name }) =>
    `<li><a href="${escapeMarkup(href)}">${escapeMarkup(directory ? `${name}/` : name)}</a></li>\n`,
  close: () => '</ul>\n<hr>\n</body>\n</html>\n',
};
