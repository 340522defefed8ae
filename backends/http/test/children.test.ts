import { encodeName } from '@mountkit/core';
import { expect, test } from 'vitest';
import { childrenOf } from '../src/listing/children.ts';

const place = { url: new URL('http://host/a%20b/'), date: undefined, nowMs: 0 };
const namesOf = (href: string): readonly string[] =>
  childrenOf([{ href, directory: href.endsWith('/') }], place).map(({ path }) => path);

test.each([
  ['x.txt', 'x.txt'],
  ['./x.txt', 'x.txt'],
  ['/a%20b/x.txt', 'x.txt'],
  ['/a b/x.txt', 'x.txt'],
  ['http://host/a%20b/x.txt', 'x.txt'],
  ['http://host:80/a%20b/x.txt', 'x.txt'],
  ['//host/a%20b/x.txt', 'x.txt'],
  ['sub/', 'sub'],
  ['100%25.txt', '100%.txt'],
  ['%3Fx', '?x'],
  ['a%5Cb', 'a\\b'],
  ['%252e%252e', '%2e%2e'],
  ['...', '...'],
  ['caf%C3%A9', 'caf\u00E9'],
  ['caf%E9', encodeName(Buffer.from('636166e9', 'hex'))],
  ['%25!x', encodeName('%!x')],
])('the link %j is the child %j', (href, name) => {
  expect(namesOf(href)).toEqual([name]);
});

test.each([
  '',
  '.',
  './',
  '..',
  '../',
  '../x',
  '/',
  '/x.txt',
  '/a%20b',
  '/a%20b/',
  'x/y',
  'x/y/',
  'x//',
  '//other/a%20b/x.txt',
  'http://other/a%20b/x.txt',
  'https://host/a%20b/x.txt',
  'http://host:81/a%20b/x.txt',
  'http://u:p@host/a%20b/x.txt',
  'http://host@evil/a%20b/x.txt',
  'x%2Fy',
  'x%2fy',
  '%2E%2E',
  '%2e%2e/',
  '.%2e',
  '%2e',
  'x%00y',
  'x\\y',
  'x\ty',
  'x\ny',
  '?C=N;O=D',
  'x?y',
  'x#y',
  '#',
  'javascript:alert(1)',
  'data:,x',
  'file:///a b/x',
  'mailto:x',
  'x%zz',
  'x%',
  'http://',
  '\\\\other\\x',
])('the link %j is no child', (href) => {
  expect(namesOf(href)).toEqual([]);
});

test.each(['', '.', '..', 'a/b', 'a\0b'])('the name %j is no child', (name) => {
  expect(childrenOf([{ name: Buffer.from(name), directory: false }], place)).toEqual([]);
});

test('a name that no path can hold is left out', () => {
  expect(childrenOf([{ name: Buffer.alloc(5_000, 'x'), directory: false }], place)).toEqual([]);
});

test.each([
  ['a%2Fb', 'a%2Fb'],
  ['./a%2Fb/', 'a%2Fb'],
  ['/a%20b/nul%00', 'nul%00'],
  ['100%.txt', '100%.txt'],
  ['a\\b', 'a\\b'],
  ['what?.txt', 'what?.txt'],
  ['number#1', 'number#1'],
])('the link %j is no child, and is told as %j', (href, name) => {
  const refused: string[] = [];
  expect(childrenOf([{ href, directory: false }], place, (each) => refused.push(each))).toEqual([]);
  expect(refused).toEqual([name]);
});

test.each([
  '..',
  '../',
  './',
  '/a%20b/',
  '?C=N;O=D',
  '#top',
  '/elsewhere/x',
  'http://other/a%20b/x',
  'mailto:me',
  'x/y',
  'x',
])('the link %j is nothing that was lost', (href) => {
  const refused: string[] = [];
  childrenOf([{ href, directory: false }], place, (each) => refused.push(each));
  expect(refused).toEqual([]);
});

test('a plain name that can be none is told', () => {
  const refused: string[] = [];
  for (const name of ['a/b', 'nul\0', 'x'.repeat(5_000), '.', '..'])
    childrenOf([{ name: Buffer.from(name), directory: false }], place, (each) => refused.push(each));
  expect(refused).toEqual(['a/b', 'nul\0', 'x'.repeat(5_000)]);
});
