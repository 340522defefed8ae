/** A key that is no path, or that something on its way takes for something else. */
export interface OddKey {
  /** What is odd about it; fit for a test's title. */
  readonly what: string;
  readonly key: string;
}

/** 29 keys that S3 allows and that must survive being put, listed, read and deleted. */
export const oddKeys: readonly OddKey[] = [
  { what: 'an empty segment', key: 'empty//segment' },
  { what: 'a leading slash', key: '/leading' },
  { what: 'two leading slashes', key: '//leading' },
  { what: 'a slash alone', key: '/' },
  { what: 'a dot alone', key: '.' },
  { what: 'two dots alone', key: '..' },
  { what: 'a leading dot segment', key: './dot' },
  { what: 'a leading parent segment', key: '../parent' },
  { what: 'a dot segment inside', key: 'dots/./inside' },
  { what: 'a parent segment inside', key: 'dots/../inside' },
  { what: 'a trailing slash, with bytes', key: 'trailing/' },
  { what: 'two trailing slashes', key: 'trailing//' },
  { what: 'the name of a directory', key: 'both' },
  { what: 'a directory with the name of an object', key: 'both/inside' },
  { what: 'the control byte 0x01', key: 'control-\u0001-byte' },
  { what: 'tab, line feed and carriage return', key: 'white\t\n\rspace' },
  { what: 'the control byte 0x7F', key: 'delete-\u007f' },
  { what: '1024 bytes', key: `${`${'k'.repeat(127)}/`.repeat(7)}${'k'.repeat(128)}` },
  { what: 'a segment of more than 255 bytes', key: `long/${'s'.repeat(300)}` },
  { what: 'a composed letter (NFC)', key: 'caf\u00e9' },
  { what: 'a decomposed letter (NFD)', key: 'cafe\u0301' },
  { what: 'percent signs that look like escapes', key: 'percent-%41%2F%zz%' },
  { what: 'the mark of an escaped name', key: '%!file/%!%2E' },
  { what: 'a plus and spaces, also at the ends', key: ' plus + space ' },
  { what: 'what ends a path in a URL', key: 'query?versionId=1&acl#fragment;x' },
  { what: 'what XML escapes', key: 'xml <&amp;> "\'' },
  { what: 'a backslash and what shells expand', key: 'back\\slash *[?]$HOME`|~' },
  { what: 'a letter outside the basic plane', key: 'order-\u{1F600}' },
  { what: 'a letter that UTF-16 sorts behind it and UTF-8 before', key: 'order-\uFF5E' },
];
