import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mountkit } from './command.ts';
import { checkout, type Consumer, installPacked } from './packed-consumer.ts';
import { runtimes } from './runtimes.ts';
import { copyThirdParty, type ThirdParty } from './third-party.ts';

const run = promisify(execFile);
const oldest = runtimes.find(({ name }) => name.endsWith('TypeScript 5.9'));
const missing = oldest === undefined ? 'no TypeScript 5.9' : oldest.missing;

describe('a third-party backend, packed and installed outside the workspace beside the packed packages', () => {
  let consumer: Consumer;
  let sample: ThirdParty;

  beforeAll(async () => {
    consumer = await installPacked();
    sample = await copyThirdParty(join(checkout, 'docs', 'examples', 'zip'), consumer);
    await sample.installInto(consumer);
    const fill = `
      import { createWriteStream } from 'node:fs';
      import { pipeline } from 'node:stream/promises';
      import { ZipFile } from 'yazl';
      const archive = new ZipFile();
      archive.addBuffer(Buffer.from('hello\\n'), 'docs/hello.txt');
      archive.end();
      await pipeline(archive.outputStream, createWriteStream(${JSON.stringify(join(consumer.directory, 'site.zip'))}));`;
    await run(process.execPath, ['--input-type=module', '-e', fill], { cwd: sample.directory });
    const config = { plugins: ['mountkit-zip'], mounts: { '/m': { type: 'zip', file: './site.zip' } } };
    await writeFile(join(consumer.directory, 'mounts.json'), JSON.stringify(config));
  });
  afterAll(async () => {
    await sample.remove();
    await consumer.remove();
  });

  it.skipIf(missing !== undefined)(
    `is loaded by its name in a project that TypeScript 5.9 compiles ${missing ?? ''}`,
    async () => {
      const source = `
        import { readFile } from 'node:fs/promises';
        import { type Config, load, type Namespace, readText } from 'mountkit';
        import { zip, type ZipOptions } from 'mountkit-zip';
        const config = JSON.parse(await readFile('mounts.json', 'utf8')) as Config;
        const named: Namespace = await load(config, { plugins: { from: import.meta.url, allow: ['mountkit-zip'] } });
        const options: ZipOptions = { file: 'site.zip' };
        const given: Namespace = await load({ mounts: { '/m': { type: 'zip', ...options } } }, { backends: { zip: () => zip } });
        console.log(JSON.stringify([await readText(named, '/m/docs/hello.txt'), await readText(given, '/m/docs/hello.txt')]));
        await named.close();
        await given.close();
        // @ts-expect-error: the option is called file
        export const wrong: ZipOptions = { archive: 'site.zip' };`;
      const compilerOptions = { noEmit: false, outDir: 'out', exactOptionalPropertyTypes: true };
      expect(await consumer.typeCheck(source, { tsc: oldest?.tsc ?? '', compilerOptions })).toBe('');
      expect(JSON.parse(await consumer.script(`import './out/consumer.mjs';`))).toEqual(['hello\n', 'hello\n']);
    },
  );

  it('is loaded by its name in a project in plain JavaScript, by import and by require', async () => {
    const read = `
      const read = async () => {
        const ns = await load(JSON.parse(readFileSync('mounts.json', 'utf8')), { plugins: { from: __dirname } });
        process.stdout.write(await ns.readFile('/m/docs/hello.txt'));
        await ns.close();
      };`;
    const required = `const { readFileSync } = require('node:fs'); const { load } = require('mountkit');${read} read();`;
    expect(await consumer.script(required, { kind: 'commonjs' })).toBe('hello\n');
    const imported = `import { readFileSync } from 'node:fs'; import { load } from 'mountkit'; const __dirname = import.meta.dirname;${read} await read();`;
    expect(await consumer.script(imported)).toBe('hello\n');
  });

  it('is loaded by its name by the packed command', async () => {
    const bin = join(consumer.directory, 'node_modules', 'mountkit', 'bin', 'mountkit.js');
    const words = ['cat', '--config', 'mounts.json', '/m/docs/hello.txt'];
    expect(await mountkit(words, { cwd: consumer.directory, bin })).toMatchObject({
      code: 0,
      stdout: Buffer.from('hello\n'),
      stderr: '',
    });
  });
});
