import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mountkit } from './command.ts';
import { checkout, type Consumer, installPacked } from './packed-consumer.ts';
import { copyThirdParty, kitTimeoutMs, type ThirdParty } from './third-party.ts';

const run = promisify(execFile);
const examples = join(checkout, 'docs', 'examples');

let consumer: Consumer;
beforeAll(async () => {
  consumer = await installPacked();
});
afterAll(() => consumer.remove());

/** A program of the consumer that loads a config by names and prints what one file holds. */
const printing = (config: object, path: string): string => `
  import { load } from 'mountkit';
  const ns = await load(${JSON.stringify(config)}, { plugins: { from: import.meta.url } });
  process.stdout.write(await ns.readFile('${path}'));
  await ns.close();`;

describe.each([
  {
    folder: 'zip',
    type: 'zip',
    fill: (file: string) =>
      `import { ZipFile } from 'yazl';
       import { createWriteStream } from 'node:fs';
       import { pipeline } from 'node:stream/promises';
       const archive = new ZipFile();
       archive.addBuffer(Buffer.from('hello\\n'), 'docs/hello.txt');
       archive.end();
       await pipeline(archive.outputStream, createWriteStream('${file}'));`,
  },
  {
    folder: 'sqlar',
    type: 'sqlar',
    fill: (file: string) =>
      `import sqlite from 'node-sqlite3-wasm';
       const database = new sqlite.Database('${file}');
       database.exec('CREATE TABLE sqlar(name TEXT PRIMARY KEY, mode INT, mtime INT, sz INT, data BLOB)');
       database.run('INSERT INTO sqlar VALUES (?, ?, 0, 6, ?)', ['docs/hello.txt', 0o100644, 'hello\\n']);
       database.close();`,
  },
])('the sample in docs/examples/$folder', ({ folder, type, fill }) => {
  let sample: ThirdParty;
  let name: string;
  let file: string;

  beforeAll(async () => {
    sample = await copyThirdParty(join(examples, folder), consumer);
    ({ name } = JSON.parse(readFileSync(join(examples, folder, 'package.json'), 'utf8')) as { name: string });
    file = join(consumer.directory, `sample.${type}`);
    await run(process.execPath, ['--input-type=module', '-e', fill(file)], { cwd: sample.directory });
    await sample.installInto(consumer);
  });
  afterAll(() => sample.remove());

  it('passes the conformance kit', { timeout: kitTimeoutMs }, async () => {
    const output = await sample.script('test');
    expect(output).toMatch(/^# fail 0$/m);
    expect(Number(/^# pass (\d+)$/m.exec(output)?.[1])).toBeGreaterThan(100);
  });

  it('asks for the packages of this version', () => {
    const of = (...path: readonly string[]) => readFileSync(join(...path, 'package.json'), 'utf8');
    const { version } = JSON.parse(of(checkout, 'packages', 'core')) as { version: string };
    const ranges = of(examples, folder).match(/(?<="@mountkit\/\w+": ").+(?=")/g);
    expect(new Set(ranges)).toEqual(new Set([`^${version}`]));
  });

  it('has fewer than 200 lines, and uses what is published', async () => {
    const source = join(examples, folder, 'src');
    const texts = (await readdir(source)).map((each) => readFileSync(join(source, each), 'utf8'));
    const text = texts.join('');
    expect(text.match(/\n/g)?.length).toBeLessThan(200);
    for (const [, from = ''] of text.matchAll(/from '([^'.]+)'/g)) {
      expect(from).toMatch(/^(?:node:[a-z/]+|@mountkit\/core|zod|yauzl|node-sqlite3-wasm)$/);
    }
  });

  it('is loaded by its name from a config in a program', async () => {
    const config = { plugins: [name], mounts: { '/m': { type, file } } };
    expect(await consumer.script(printing(config, '/m/docs/hello.txt'))).toBe('hello\n');
    const short = { plugins: [name], mounts: { '/m': `${type}:${file}` } };
    expect(await consumer.script(printing(short, '/m/docs/hello.txt'))).toBe('hello\n');
  });

  it('is loaded by its name from a config file, found beside it, and by --plugin from the working directory', async () => {
    const config = join(consumer.directory, `${type}.json`);
    await writeFile(config, JSON.stringify({ plugins: [name], mounts: { '/m': { type, file } } }));
    expect(await mountkit(['cat', '/m/docs/hello.txt', '--config', config])).toMatchObject({
      code: 0,
      stdout: Buffer.from('hello\n'),
      stderr: '',
    });
    const words = ['exec', '--plugin', name, '-m', `/m=${type}:${file}`, '--', 'find /m -type f'];
    expect(await mountkit(words, { cwd: consumer.directory })).toMatchObject({
      code: 0,
      stdout: Buffer.from('/m/docs/hello.txt\n'),
      stderr: '',
    });
  });

  it('where it is not installed, the command says what to do', async () => {
    const words = ['ls', '--plugin', name, '-m', `/m=${type}:${file}`];
    const { code, stderr } = await mountkit(words);
    expect({ code, stderr }).toEqual({ code: 78, stderr: expect.stringContaining(`npm install ${name}`) });
    expect(stderr).toContain('/plugins/0');
  });
});
