import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mountkit } from './command.ts';
import { type Consumer, installPacked } from './packed-consumer.ts';
import { copyThirdParty, kitTimeoutMs } from './third-party.ts';

describe('mountkit create-backend', () => {
  let consumer: Consumer;
  let cwd: string;
  beforeAll(async () => {
    [consumer, cwd] = await Promise.all([installPacked(), mkdtemp(join(tmpdir(), 'mountkit-create-'))]);
  });
  afterAll(() => Promise.all([consumer.remove(), rm(cwd, { recursive: true, force: true })]));

  it(
    'makes a package that passes the conformance kit as it is, and is loaded by its name once packed and installed',
    { timeout: kitTimeoutMs },
    async () => {
      const bin = join(consumer.directory, 'node_modules', 'mountkit', 'bin', 'mountkit.js');
      const made = await mountkit(['create-backend', '@acme/mountkit-my-store'], { cwd, bin });
      expect(made).toMatchObject({ code: 0, stderr: '' });
      expect(made.stdout.toString()).toContain('cd mountkit-my-store');

      const project = await copyThirdParty(join(cwd, 'mountkit-my-store'), consumer);
      try {
        const output = await project.script('test');
        expect(output).toMatch(/^# fail 0$/m);
        // Nothing is skipped but what does not apply to it.
        expect(output.match(/# SKIP(?! it does not apply)/g)).toBeNull();
        expect(Number(/^# pass (\d+)$/m.exec(output)?.[1])).toBeGreaterThan(150);

        await project.installInto(consumer);
        const config = join(consumer.directory, 'mounts.json');
        await writeFile(config, await readFile(join(project.directory, 'mounts.json')));
        const words = ['cat', '/sample/README.md', '--config', config];
        expect(await mountkit(words, { env: { SAMPLE_TOKEN: 'any' } })).toMatchObject({
          code: 0,
          stdout: Buffer.from('Change src/client.ts, and your origin is here.\n'),
          stderr: '',
        });
        // As its README says.
        const tested = await mountkit(['test', config], { env: { SAMPLE_TOKEN: 'sample-token-4d1f' } });
        expect(tested, tested.stdout.toString()).toMatchObject({ code: 0, stderr: '' });
        // In its own folder it goes by its own name.
        const own = ['ls', '/s', '--plugin', '@acme/mountkit-my-store', '-m', '/s=my-store:host/path'];
        expect(await mountkit(own, { cwd: project.directory })).toMatchObject({
          code: 0,
          stdout: Buffer.from('README.md\n'),
        });
      } finally {
        await project.remove();
      }
    },
  );

  it('leaves no placeholder in any file', async () => {
    expect(await mountkit(['create-backend', 'plain'], { cwd })).toMatchObject({ code: 0 });
    const folder = join(cwd, 'mountkit-plain');
    const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((file) => file.isFile());
    expect(files.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['.gitignore', 'package.json', 'README.md', 'index.ts', 'conformance.test.js']),
    );
    for (const { parentPath, name } of files) {
      expect(await readFile(join(parentPath, name), 'utf8'), name).not.toMatch(/__\w+?__/);
    }
  });

  it('touches no folder that is there', async () => {
    await mkdir(join(cwd, 'mountkit-taken'));
    await writeFile(join(cwd, 'mountkit-taken', 'mine'), 'kept');
    const { code, stderr } = await mountkit(['create-backend', 'taken'], { cwd });
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('mountkit-taken/ is there already') });
    expect(await readdir(join(cwd, 'mountkit-taken'))).toEqual(['mine']);
  });

  it.each([
    [['Gitea'], 64, 'lower-case letters'],
    [['github'], 64, 'comes with mountkit'],
    [[], 64, "missing required argument 'name'"],
    [['fine', '--directory', 'nowhere'], 1, 'there is no folder nowhere'],
  ])('%j ends with %i: %s', async (words, expected, text) => {
    const { code, stdout, stderr } = await mountkit(['create-backend', ...words], { cwd });
    expect({ code, stdout: stdout.length }).toEqual({ code: expected, stdout: 0 });
    expect(stderr).toContain(text);
  });
});
