import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mountkit } from './command.ts';
import { checkout, type Consumer, installPacked } from './packed-consumer.ts';
import { copyThirdParty, kitTimeoutMs, type ThirdParty } from './third-party.ts';

const run = promisify(execFile);

/** The files of the page: each block of code stands under its name. */
async function filesOfPage(): Promise<ReadonlyMap<string, string>> {
  const page = await readFile(join(checkout, 'docs', 'write-a-backend.md'), 'utf8');
  const blocks = page.matchAll(/^<!-- file: (\S+) -->\n```\w+\n([\s\S]*?)^```/gm);
  const files = new Map(Array.from(blocks, ([, name = '', code = '']) => [name, code]));
  const fences = page.match(/^```(?:js|ts|json)\n/gm) ?? [];
  // A block that is not a file would not be tested.
  expect(files.size).toBe(fences.length);
  return files;
}

describe('the backend of docs/write-a-backend.md', () => {
  let consumer: Consumer;
  let files: ReadonlyMap<string, string>;
  let project: ThirdParty;

  beforeAll(async () => {
    [consumer, files] = await Promise.all([installPacked(), filesOfPage()]);
    const source = await mkdtemp(join(tmpdir(), 'mountkit-page-'));
    for (const name of [
      'package.json',
      'index.js',
      'conformance.test.js',
      'request.js',
      'nginx.js',
      'nginx.test.js',
      'typed.ts',
    ]) {
      await mkdir(dirname(join(source, name)), { recursive: true });
      await writeFile(join(source, name), files.get(name) ?? '');
    }
    project = await copyThirdParty(source, consumer);
    await rm(source, { recursive: true });
    await project.installInto(consumer);
  });
  afterAll(async () => {
    await project.remove();
    await consumer.remove();
  });

  async function countsOf(file: string): Promise<{ readonly fail: number; readonly pass: number }> {
    const words = ['--test-reporter', 'tap', file];
    const output = await run(process.execPath, words, { cwd: project.directory, maxBuffer: 2 ** 26 }).then(
      ({ stdout }) => stdout,
      ({ stdout }: { stdout: string }) => stdout,
    );
    const count = (what: string): number => Number(new RegExp(`^# ${what} (\\d+)$`, 'm').exec(output)?.[1]);
    // What failed, in the words of the kit.
    expect(output.match(/^ *not ok [\s\S]*?^ *\.\.\.$/gm) ?? []).toEqual([]);
    return { fail: count('fail'), pass: count('pass') };
  }

  it('asks for the packages of this version', async () => {
    const { version } = JSON.parse(await readFile(join(checkout, 'packages', 'core', 'package.json'), 'utf8')) as {
      version: string;
    };
    const ranges = files.get('package.json')?.match(/(?<="@mountkit\/\w+": ").+?(?=")/g);
    expect(new Set(ranges)).toEqual(new Set([`^${version}`]));
  });

  it('passes the conformance kit, with about as many cases as the page says', { timeout: kitTimeoutMs }, async () => {
    const { fail, pass } = await countsOf('conformance.test.js');
    expect(fail).toBe(0);
    expect(Math.abs(pass - 170)).toBeLessThan(25);
  });

  it('and so does the one behind a network, with all that is done to HTTP', { timeout: kitTimeoutMs }, async () => {
    const { fail, pass } = await countsOf('nginx.test.js');
    expect(fail).toBe(0);
    expect(pass).toBeGreaterThan(200);
  });

  it('is used by name, as a value and by itself as the page shows', async () => {
    const tree = { 'README.md': btoa('Hello\n'), docs: { 'guide.md': btoa('Guide\n') } };
    await writeFile(join(consumer.directory, 'tree.json'), JSON.stringify(tree));
    await writeFile(join(consumer.directory, 'use.js'), files.get('use.js') ?? '');
    const { stdout } = await run(process.execPath, ['use.js'], { cwd: consumer.directory });
    expect(stdout).toBe("Hello\n\n[ 'README.md', 'docs' ]\ndirectory\n");
  });

  it('is used by the command as the page shows', async () => {
    const page = await readFile(join(checkout, 'docs', 'write-a-backend.md'), 'utf8');
    const [config = ''] = /\{ "plugins": \["mountkit-json"\].*\}/.exec(page) ?? [];
    const [, words = ''] = /^npx mountkit (tree .*)$/m.exec(page) ?? [];
    await writeFile(join(consumer.directory, 'mounts.json'), config);
    expect(await mountkit(words.split(' '), { cwd: consumer.directory })).toMatchObject({
      code: 0,
      stdout: expect.toSatisfy((bytes: Buffer) => bytes.toString().includes('guide.md')),
      stderr: '',
    });
  });

  it('has TypeScript that type-checks', async () => {
    const flags =
      '--noEmit --strict --exactOptionalPropertyTypes --module nodenext --target es2023 --skipLibCheck --types node';
    const types = join(checkout, 'node_modules', '@types');
    const tsc = join(checkout, 'node_modules', '.bin', 'tsc');
    const words = [...flags.split(' '), '--typeRoots', types, 'typed.ts'];
    await expect(run(tsc, words, { cwd: project.directory })).resolves.toMatchObject({ stdout: '' });
  });
});
