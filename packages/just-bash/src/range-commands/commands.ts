import { errorTexts, isFsError } from '@mountkit/core';
import {
  type Command,
  defineCommand,
  encodeUtf8ToBytes,
  type ExecResult,
  latin1FromBytes,
  type ResolvedCommandContext,
} from 'just-bash';
import { type PartArguments, parsePartArguments } from './part-arguments.ts';
import { type Take, takeHead, takeTail } from './part-of-file.ts';
import { type OpenRanged, rangedBytes, type RangedFile, sizeOf } from './ranged-file.ts';

/** The names of {@link rangeCommands}. */
export const rangeCommandNames = ['head', 'tail', 'wc'] as const;

/** Runs the shell's own command of this name. */
export type RunBuiltin = (
  name: string,
  args: readonly string[],
  context: ResolvedCommandContext,
) => Promise<ExecResult>;

/** More output than the shell allows: its own command says so in its own way. */
const tooMuch = Symbol('too much output');

/**
 * `head`, `tail` and `wc -c` that read what they print and no more, where the shell's own read whole files. Numbers are those of GNU: `head -n -K`, `head -c -K`,
 * `tail -n +K`, `tail -c +K`. Options they do not know, and output beyond the limits of the shell, are left to the shell's own commands.
 */
export function rangeCommands(open: OpenRanged, builtin: RunBuiltin): Command[] {
  const part = (name: 'head' | 'tail', take: typeof takeHead): Command =>
    defineCommand(name, async (args, context) => {
      const parsed = parsePartArguments(name, args);
      const result = parsed === undefined ? tooMuch : await printParts(name, parsed, context, open, take);
      return result === tooMuch ? builtin(name, args, context) : result;
    });

  const count = defineCommand('wc', async (args, context) => {
    const files = countedFiles(args);
    return files === undefined ? builtin('wc', args, context) : printSizes(files, context, open);
  });
  return [part('head', takeHead), part('tail', takeTail), count];
}

async function printParts(
  name: string,
  parsed: PartArguments,
  context: ResolvedCommandContext,
  open: OpenRanged,
  takePart: (file: RangedFile, part: PartArguments, take: Take) => Promise<void>,
): Promise<ExecResult | typeof tooMuch> {
  const files = parsed.files.length === 0 ? ['-'] : parsed.files;
  const headers = parsed.headers === 'always' || (parsed.headers === 'several' && files.length > 1);
  const limit = Math.min(context.limits.maxOutputSize, context.limits.maxStringLength);
  const pieces: string[] = [];
  let length = 0;
  let stderr = '';
  let shown = 0;
  const print = (text: string): void => {
    length += text.length;
    if (length > limit) throw tooMuch;
    pieces.push(text);
  };

  for (const file of files) {
    try {
      await withFile(file, context, open, async (ranged) => {
        // A file that cannot be read has no header.
        let header = headers ? `${shown > 0 ? '\n' : ''}${headerOf(file)}` : '';
        await takePart(ranged, parsed, (piece) => {
          if (header !== '') print(header);
          header = '';
          print(latin1(piece));
        });
        if (header !== '') print(header);
        shown += 1;
      });
    } catch (error) {
      if (error === tooMuch) return tooMuch;
      stderr += `${name}: ${file}: ${textOf(error)}\n`;
    }
  }
  return {
    stdout: pieces.join(''),
    stderr,
    exitCode: stderr === '' ? 0 : 1,
    stdoutKind: 'bytes',
    stdoutEncoding: 'binary',
  };
}

/** The files of a `wc` that counts bytes and nothing else; undefined for any other. */
function countedFiles(args: readonly string[]): readonly string[] | undefined {
  const options = args.filter((arg) => arg.startsWith('-'));
  const files = args.filter((arg) => !arg.startsWith('-'));
  const isCount = options.length > 0 && options.every((option) => option === '-c' || option === '--bytes');
  return isCount && files.length > 0 ? files : undefined;
}

async function printSizes(
  files: readonly string[],
  context: ResolvedCommandContext,
  open: OpenRanged,
): Promise<ExecResult> {
  const sizes: { readonly name: string; readonly size: number }[] = [];
  let stderr = '';
  for (const name of files) {
    try {
      await withFile(name, context, open, async (file) => {
        sizes.push({ name, size: await sizeOf(file) });
      });
    } catch (error) {
      stderr += `wc: ${name}: ${textOf(error)}\n`;
    }
  }
  const total = sizes.reduce((sum, { size }) => sum + size, 0);
  if (files.length > 1) sizes.push({ name: 'total', size: total });
  // As wide as the shell's own command makes its columns.
  const width = files.length > 1 ? Math.max(3, `${total}`.length) : 0;
  const stdout = sizes.map(({ name, size }) => `${`${size}`.padStart(width)} ${name}\n`).join('');
  return { stdout, stderr, exitCode: stderr === '' ? 0 : 1 };
}

async function withFile(
  name: string,
  context: ResolvedCommandContext,
  open: OpenRanged,
  use: (file: RangedFile) => Promise<void>,
): Promise<void> {
  const file =
    name === '-'
      ? rangedBytes(Buffer.from(latin1FromBytes(context.stdin), 'latin1'))
      : await open(context.fs.resolvePath(context.cwd, name));
  try {
    await use(file);
  } finally {
    await file.close();
  }
}

function headerOf(file: string): string {
  return latin1FromBytes(encodeUtf8ToBytes(`==> ${file === '-' ? 'standard input' : file} <==\n`));
}

function latin1(piece: Uint8Array): string {
  return Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength).toString('latin1');
}

/** What is wrong with a file, in the words of a shell. */
function textOf(error: unknown): string {
  const text = isFsError(error) ? errorTexts[error.code] : undefined;
  return text === undefined ? 'No such file or directory' : `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
