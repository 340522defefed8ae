import { browseLine, browseLinks } from './browse-table.ts';
import type { HtmlDialect } from './dialect.ts';

/** `rclone serve http`: exact sizes, in an element of its own. A directory without files has no such element and looks like Caddy's. */
export const rclone: HtmlDialect = (page) => browseLinks(page)?.map(browseLine);
