const htmlNames = /\.(?:html?|xhtml|shtml|php|aspx?|jsp|cgi)$/i;

/** What is said of such a page. */
export const standInDetail = 'a web page came in place of the file: is a login needed?';

/** What is known of an answer that should be a file. */
export interface FileAnswer {
  readonly url: URL;
  header(name: string): string | undefined;
}

/**
 * Whether a 200 answer to a request for a range looks like a page that stands in the file's place (a login, a captive portal): HTML under a name that is no page's, or
 * HTML without any validator under a name that says nothing.
 */
export function isStandInPage(answer: FileAnswer, asked: URL): boolean {
  const type = answer.header('content-type') ?? '';
  if (!/^\s*(?:text\/html|application\/xhtml\+xml)\b/i.test(type)) return false;
  const name = asked.pathname.slice(asked.pathname.lastIndexOf('/') + 1);
  const validated = answer.header('etag') !== undefined || answer.header('last-modified') !== undefined;
  if (htmlNames.test(name)) return false;
  return /\.[A-Za-z0-9]{1,10}$/.test(name) || !validated;
}
