import { Buffer } from 'node:buffer';
import { S3Error } from './s3-error.ts';

/** Namespace of every answer that is not an error. */
const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';
/** Anything but what most names are made of. */
const NEEDS_CARE = /[^A-Za-z0-9/_. ~!()*+=,;:@$%?#|^`{}[\]'\\-]/;
const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/**
 * Escapes text as S3 does: quotes too, and a control character as a numeric reference, which XML 1.0 forbids for all but tab, line feed and
 * carriage return. Takes and gives bytes, one character each.
 */
function escapeXml(bytes: string): string {
  if (!NEEDS_CARE.test(bytes)) return bytes;
  let text = '';
  for (const char of bytes) {
    const code = char.charCodeAt(0);
    text += ESCAPES[char] ?? (code < 0x20 && code !== 0x09 && code !== 0x0a ? `&#x${code.toString(16)};` : char);
  }
  return text;
}

/** One element with text. */
export function element(name: string, value: string | number | boolean): string {
  return `<${name}>${typeof value === 'string' ? escapeXml(value) : value}</${name}>`;
}

/** A whole answer. `inner` is XML, bytes as one character each. */
export function xmlDocument(root: string, inner: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root} xmlns="${NAMESPACE}">${inner}</${root}>`;
}

/** The text of every element with a name, in order, of a request's body (bytes as one character each). Elements of one name don't nest. */
export function elementsNamed(xml: string, name: string): readonly string[] {
  return [...xml.matchAll(new RegExp(`<${name}(?:\\s[^>]*)?(?:/>|>([\\s\\S]*?)</${name}>)`, 'g'))].map(
    (found) => found[1] ?? '',
  );
}

/** The unescaped text of the first element with a name. */
export function textOf(xml: string, name: string): string | undefined {
  const found = elementsNamed(xml, name)[0];
  return found === undefined ? undefined : unescapeXml(found);
}

/** Refuses a body without this root. */
export function expectRoot(xml: string, root: string): void {
  if (
    !new RegExp(`^\\s*(?:<\\?[^>]*\\?>\\s*)?<${root}[\\s>/]`).test(xml) ||
    !new RegExp(`(?:/>|</${root}>)\\s*$`).test(xml)
  ) {
    throw new S3Error('MalformedXML');
  }
}

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function unescapeXml(text: string): string {
  return text.replaceAll(
    /&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi,
    (whole, decimal?: string, hex?: string, name?: string) => {
      if (name !== undefined) return NAMED[name] ?? whole;
      const code = decimal === undefined ? Number.parseInt(hex ?? '', 16) : Number(decimal);
      return Buffer.from(String.fromCodePoint(code), 'utf8').toString('latin1');
    },
  );
}
