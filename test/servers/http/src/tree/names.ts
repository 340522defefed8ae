/** Names of regular files that a listing or a URL is likely to get wrong; all valid UTF-8, unique on a POSIX disk. */
export const AWKWARD_NAMES: readonly string[] = [
  'plain.txt',
  'two words.txt',
  ' leading space.txt',
  'trailing space ',
  'two  spaces.txt',
  '100%.txt',
  '%41.txt',
  '%2e%2e',
  '%2Fslash.txt',
  'a+b.txt',
  'c#.txt',
  '#first.txt',
  'what?.txt',
  'query?a=b&c=d.txt',
  "single'quote.txt",
  'double"quote.txt',
  'back`tick.txt',
  'R&D.txt',
  '&amp;.txt',
  '&#65;.txt',
  'semi;colon.txt',
  'back\\slash.txt',
  '<angle>.txt',
  '<script>alert(1)<%2Fscript>.txt',
  ']]>.txt',
  'colon:name.txt',
  'http:name.txt',
  'pipe|name.txt',
  'star*name.txt',
  '[square].txt',
  '{curly}.txt',
  '(round).txt',
  'caret^name.txt',
  'at@name.txt',
  'equals=name.txt',
  'comma,name.txt',
  'dollar$name.txt',
  'bang!name.txt',
  '~tilde',
  'tilde~',
  '#backup#',
  '.hidden',
  '..two-dots',
  '...',
  '-dash.txt',
  '--help',
  'no-break\u00A0space.txt',
  'caf\u00E9.txt',
  'cafe\u0301.txt',
  '\u65E5\u672C\u8A9E.txt',
  '\u05E9\u05DC\u05D5\u05DD.txt',
  '\u{1F9ED} compass.txt',
  'line\u2028separator.txt',
  'Case.txt',
  'case.txt',
  `${'shared prefix longer than any column of a listing shows '.repeat(2)}one.txt`,
  `${'shared prefix longer than any column of a listing shows '.repeat(2)}two.txt`,
  `${'n'.repeat(251)}.txt`,
  '\u8A9E'.repeat(85),
  '%'.repeat(255),
];

/** Names that look like the links a listing puts around its entries. */
export const LINK_LIKE_NAMES: readonly string[] = [
  '?C=N',
  '?C=N;O=D',
  '?C=M&O=A',
  'C=N;O=D',
  'Name',
  'Last modified',
  'Parent Directory',
  'Parent directory',
  'Index of ',
  '?sort=name&order=desc',
];

/** Names with characters below space, which break listings made of lines. */
export const CONTROL_NAMES: readonly string[] = [
  'tab\there.txt',
  'new\nline.txt',
  'return\rhere.txt',
  'escape\u001B[31m.txt',
  'delete\u007F.txt',
];

/** Names of directories, each with one file inside. */
export const AWKWARD_DIRECTORIES: readonly string[] = [
  'two words',
  '100%',
  '%41',
  'a+b',
  'c#',
  'what?',
  "single'quote",
  'R&D',
  'semi;colon',
  'back\\slash',
  '.hidden',
  '-dash',
  'caf\u00E9',
  '\u65E5\u672C',
  'd'.repeat(255),
];

/** Names that are no UTF-8, as hexadecimal bytes. A disk that insists on UTF-8 refuses them. */
export const INVALID_UTF8_NAMES: readonly string[] = [
  // "latin1-é.txt" in ISO 8859-1
  '6c6174696e312de92e747874',
  // a lone continuation byte
  '6c6f6e652d80',
  // an overlong slash
  '6f7665726c6f6e672dc0af',
  // a surrogate half
  '737572726f676174652deda080',
  // a sequence cut at the end
  '6375742de6',
];
