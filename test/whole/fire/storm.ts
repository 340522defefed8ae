import { inspect } from 'node:util';
import { type FileSystem, isFsError } from '@mountkit/core';
import { mountkitBash } from '@mountkit/just-bash';
import { createNamespace } from '@mountkit/vfs';
import { seededRandom } from './random.ts';

/** A real server whose files are replaced and which misbehaves. */
export interface StormyServer {
  put(path: string, bytes: Uint8Array): void;
  /** Makes the next request or two to a file go wrong in some way. */
  misbehave(path: string, random: ReturnType<typeof seededRandom>): void;
  calm(): void;
  /** What must never show in anything that is told. */
  readonly secrets: readonly string[];
}

const paths = Array.from({ length: 8 }, (_, at) => `d${at % 2}/f${at}.bin`);
const sizes = [10, 3_000, 70_000, 300_000, 1_500_000];

/** Text of one version: each line says which, so that a line of another one shows. */
function versionOf(serial: number, size: number): Uint8Array {
  const line = `version ${String(serial).padStart(9, '0')} `;
  return Buffer.from(line.repeat(Math.ceil(size / line.length)).slice(0, size));
}

/** Reads through a shell and a filesystem while the server changes its files and misbehaves. @returns everything that must not be, in words. */
export async function runStorm(
  seed: number,
  server: StormyServer,
  fs: FileSystem,
  steps: number,
): Promise<readonly string[]> {
  const random = seededRandom(seed);
  const problems: string[] = [];
  const history = new Map<string, Buffer[]>();
  let serial = 0;
  const change = (path: string): void => {
    serial += 1;
    const bytes = Buffer.from(versionOf(serial, random.pick(sizes)));
    history.set(path, [...(history.get(path) ?? []), bytes]);
    server.put(path, bytes);
  };
  for (const path of paths) change(path);

  const told = (what: string): void => {
    const secret = server.secrets.find((each) => what.includes(each));
    if (secret !== undefined) problems.push(`a secret shows: ${what.slice(0, 300)}`);
  };
  const ns = createNamespace({ onError: (error) => told(inspect(error, { depth: 9, showHidden: true })) });
  ns.mount('/m', fs);
  const shell = mountkitBash({ namespace: ns });

  const matching = (path: string, offset: number, length: number, bytes: Uint8Array): readonly Buffer[] =>
    (history.get(path) ?? []).filter((version) => version.subarray(offset, offset + length).equals(bytes));

  function failed(what: string, error: unknown): void {
    told(`${inspect(error, { depth: 9, showHidden: true })} ${JSON.stringify(error)} ${String(error)}`);
    const isClear =
      isFsError(error) &&
      (['ESTALE', 'ETIMEDOUT', 'ECANCELED', 'EACCES'].includes(error.code) ||
        (error.code === 'EIO' && error.reason !== undefined));
    if (!isClear) problems.push(`${what}: ${inspect(error)} ${inspect((error as Error).cause)}`);
  }

  async function readOpen(path: string): Promise<void> {
    const aborter = new AbortController();
    const file = await ns.open(`/m/${path}`, { signal: aborter.signal });
    try {
      let found: readonly Buffer[] | undefined;
      for (let part = 0; part < 4; part += 1) {
        if (random.chance(0.3)) change(path);
        if (random.chance(0.1)) setImmediate(() => aborter.abort());
        const offset = random.below(200_000);
        const bytes = await file.read(offset, 65_536, { signal: aborter.signal });
        if (bytes.byteLength === 0 && found === undefined) continue;
        const now = matching(path, offset, 65_536, bytes);
        if (now.length === 0) problems.push(`${path}: bytes of no version`);
        found = found === undefined ? now : found.filter((each) => now.includes(each));
        if (found.length === 0) problems.push(`${path}: two versions in one file`);
      }
    } finally {
      await file.close();
    }
  }

  async function step(): Promise<void> {
    const path = random.pick(paths);
    if (random.chance(0.3)) change(random.pick(paths));
    if (random.chance(0.5)) server.misbehave(random.pick(paths), random);
    const kind = random.below(6);
    try {
      if (kind < 2) {
        const bytes = await ns.readFile(`/m/${path}`);
        if (matching(path, 0, Infinity, bytes).length === 0) problems.push(`readFile ${path}: bytes of no version`);
      } else if (kind < 4) {
        await readOpen(path);
      } else if (kind === 4) {
        const { stdout, mountErrors } = await shell.exec(
          `cat /m/${path} /m/${random.pick(paths)} | head -c 9000; ls -l /m/d0 | head -1`,
        );
        told(stdout + inspect(mountErrors, { depth: 9 }));
      } else {
        await ns.prefetch(paths.map((each) => `/m/${each}`));
        const { size } = await ns.stat(`/m/${path}`);
        if (!(history.get(path) ?? []).some((each) => each.length === size)) problems.push(`stat ${path}: ${size}`);
      }
    } catch (error) {
      failed(path, error);
    }
    told(
      inspect([ns.health(), ns.stats()], { depth: 9, showHidden: true }) + JSON.stringify([ns.health(), ns.stats()]),
    );
  }

  const read = async (path: string): Promise<unknown> => ns.readFile(`/m/${path}`);

  const onUnhandled = (error: unknown): void => void problems.push(`unhandled rejection: ${inspect(error)}`);
  process.on('unhandledRejection', onUnhandled);
  try {
    await Promise.all(
      Array.from({ length: 4 }, async () => {
        for (let at = 0; at < steps; at += 1) await step();
      }),
    );
    server.calm();
    for (const path of paths) {
      // What was listed or refused a moment ago is not believed for ever: the file is asked for until it is the newest.
      const newest = history.get(path)?.at(-1);
      let last: unknown;
      for (let tries = 0; tries < 40; tries += 1) {
        last = await read(path).catch((error: unknown) => error);
        if (last instanceof Uint8Array && newest?.equals(last) === true) break;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      if (!(last instanceof Uint8Array)) problems.push(`after all: ${path}: ${inspect(last)}`);
      else if (newest?.equals(last) !== true) problems.push(`after all: wrong bytes of ${path}`);
    }
  } finally {
    await ns.close();
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', onUnhandled);
  }
  return problems.map((problem) => `seed ${seed}: ${problem}`);
}
