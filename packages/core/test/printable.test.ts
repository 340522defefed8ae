import { describe, expect, it } from 'vitest';
import { printable } from '../src/index.ts';

describe('a printable text', () => {
  it.each([
    ['plain', 'plain'],
    ['\u001b[31mred\r\n', '\\x1b[31mred\\x0d\\x0a'],
    ['\u009b\u007f\0', '\\x9b\\x7f\\x00'],
    ['ünï 日本 😀 \\x1b', 'ünï 日本 😀 \\x1b'],
  ])('%j is %s', (text, shown) => {
    expect(printable(text)).toBe(shown);
  });
});
