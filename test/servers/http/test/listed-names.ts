import type { RealServerKind } from '@mountkit/test-http-server';

/** A child as a listing shows it: the reference to ask for, and the name decoded from it as Latin-1 bytes. */
export interface ListedName {
  readonly reference: string;
  readonly bytes: string;
  readonly directory: boolean;
}

/**
 * Children in a listing of a real server, just good enough for these servers' own output; every one is read from the
 * place the format keeps the whole name in. The text holds one character a byte, so that invalid UTF-8 survives.
 */
export function namesIn(kind: RealServerKind, directory: string, latin1: string): readonly ListedName[] {
  if (kind === 'nginx-json') {
    // An index.html in the place of the listing.
    if (!latin1.startsWith('[')) return [];
    return (JSON.parse(latin1) as { readonly name: string; readonly type: string }[]).map(({ name, type }) =>
      plain(name, type === 'directory'),
    );
  }
  if (kind === 'nginx-xml') {
    return [...latin1.matchAll(/<(file|directory) [^>]*>([^<]*)</g)].map(([, element, name = '']) =>
      plain(unescapeMarkup(name), element === 'directory'),
    );
  }
  if (kind.endsWith('webdav')) {
    return [...latin1.matchAll(/<D:href>([^<]*)</g)]
      .map(([, reference = '']) => unescapeMarkup(reference))
      .filter((reference) => Buffer.from(decodeBytes(reference), 'latin1').toString('utf8') !== `/${directory}`)
      .map((reference) => linked(reference.replace(/^\/(?:.*\/)?(?=[^/]+\/?$)/, '')));
  }
  return [...latin1.matchAll(/<a\s[^>]*?href="([^"]*)"/g)]
    .map(([, reference = '']) => unescapeMarkup(reference).replace(/^\.\//, ''))
    .filter((reference) => !/^(?:\?|(?:\.\.\/?)+$|\/|https?:\/\/|#|$)/.test(reference))
    .map(linked);
}

function plain(bytes: string, directory: boolean): ListedName {
  const reference = Buffer.from(bytes, 'latin1').reduce(
    (text, byte) => text + (isUnreserved(byte) ? String.fromCharCode(byte) : `%${hex(byte)}`),
    '',
  );
  return { reference: directory ? `${reference}/` : reference, bytes, directory };
}

function linked(reference: string): ListedName {
  const directory = reference.endsWith('/');
  return { reference, bytes: decodeBytes(directory ? reference.slice(0, -1) : reference), directory };
}

function decodeBytes(reference: string): string {
  return reference.replace(/%([0-9a-f]{2})/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
}

function unescapeMarkup(text: string): string {
  return text
    .replace(/&#x([0-9a-f]+);/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
    .replace(/&#(\d+);/g, (_, digits: string) => String.fromCharCode(Number(digits)))
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&');
}

function isUnreserved(byte: number): boolean {
  return /[\w.~-]/.test(String.fromCharCode(byte));
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0').toUpperCase();
}
