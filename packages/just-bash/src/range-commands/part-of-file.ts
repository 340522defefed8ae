import type { PartArguments } from './part-arguments.ts';
import { piecesFrom, type RangedFile, sizeOf, startsBackwards } from './ranged-file.ts';

/** Takes the pieces of a part as they come. */
export type Take = (piece: Uint8Array) => void;

type Part = Pick<PartArguments, 'unit' | 'count' | 'sign'>;

const newline = 10;

/** The first bytes or lines of a file, or all but the last ones. Nothing behind them is read but what shows that they end. */
export async function takeHead(file: RangedFile, { unit, count, sign }: Part, take: Take): Promise<void> {
  if (sign === '-') {
    const end = unit === 'bytes' ? (await sizeOf(file)) - count : await startOfLastLines(file, count);
    for await (const piece of piecesFrom(file, 0, Math.max(0, end))) take(piece);
    return;
  }
  if (unit === 'bytes') {
    for await (const piece of piecesFrom(file, 0, count)) take(piece);
    return;
  }
  let left = count;
  if (left === 0) return;
  for await (const piece of piecesFrom(file, 0, Infinity)) {
    const end = endOfLine(piece, left);
    left -= end.lines;
    take(piece.subarray(0, end.at));
    if (left === 0) return;
  }
}

/** The last bytes or lines of a file, or those from a number on. Where its size is known, only they are read. */
export async function takeTail(file: RangedFile, { unit, count, sign }: Part, take: Take): Promise<void> {
  if (sign === '+' && unit === 'lines') return takeFromLine(file, count, take);
  const start = await startOfTail(file, { unit, count, sign });
  for await (const piece of piecesFrom(file, start, Infinity)) take(piece);
}

async function startOfTail(file: RangedFile, { unit, count, sign }: Part): Promise<number> {
  if (sign === '+') return Math.max(0, count - 1);
  return unit === 'bytes' ? Math.max(0, (await sizeOf(file)) - count) : startOfLastLines(file, count);
}

async function takeFromLine(file: RangedFile, line: number, take: Take): Promise<void> {
  let left = Math.max(0, line - 1);
  for await (const piece of piecesFrom(file, 0, Infinity)) {
    const end = left === 0 ? { at: 0, lines: 0 } : endOfLine(piece, left);
    left -= end.lines;
    if (left === 0) take(piece.subarray(end.at));
  }
}

/** Where the last `count` lines of a file start; a newline at its very end ends the last one. */
async function startOfLastLines(file: RangedFile, count: number): Promise<number> {
  const size = await sizeOf(file);
  if (count === 0) return size;
  let left = count;
  for (const { start, end } of startsBackwards(size)) {
    const piece = await file.read(start, end - start);
    let from = end === size ? piece.byteLength - 2 : piece.byteLength - 1;
    while (from >= 0) {
      const at = piece.lastIndexOf(newline, from);
      if (at < 0) break;
      left -= 1;
      if (left === 0) return start + at + 1;
      from = at - 1;
    }
  }
  return 0;
}

/** Where the `lines`-th line of a piece ends, and how many lines end until then. */
function endOfLine(piece: Uint8Array, lines: number): { readonly at: number; readonly lines: number } {
  let found = 0;
  for (let from = 0; found < lines;) {
    const at = piece.indexOf(newline, from);
    if (at < 0) return { at: piece.byteLength, lines: found };
    found += 1;
    from = at + 1;
    if (found === lines) return { at: from, lines: found };
  }
  return { at: 0, lines: 0 };
}
