import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configOf, type MountOptions, pluginPlaces } from '../src/cli/mount-options.ts';

const of = (options: Partial<MountOptions>, env: Record<string, string> = {}) =>
  configOf({ mount: [], ...options }, { env });

describe('the config that the command line asks for', () => {
  let directory: string;
  let file: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'mountkit-options-'));
    file = join(directory, 'config.json');
    await writeFile(
      file,
      '{"cache":{"memoryBytes":5},"mounts":{"/a":{"type":"github","repo":"o/a"},"/m":{"type":"memory"}}}',
    );
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  it('has the sources of --mount, which may hold an equals sign', async () => {
    expect(await of({ mount: ['/w=github:o/r@a=b', '/m=memory:'] })).toEqual({
      mounts: { '/w': { source: 'github:o/r@a=b' }, '/m': 'memory:' },
    });
  });

  it('has the GitHub options on every GitHub mount, and on no other', async () => {
    expect(await of({ mount: ['/w=github:o/r', '/m=memory:'], githubUrl: 'http://g', gitUrl: 'http://h' })).toEqual({
      mounts: { '/w': { source: 'github:o/r', baseUrl: 'http://g', gitUrl: 'http://h' }, '/m': 'memory:' },
    });
  });

  it('adds to the mounts of the file, where a mount has the last word on its own options', async () => {
    expect(await of({ config: file, mount: ['/w=github:o/r'], githubUrl: 'http://g' })).toEqual({
      cache: { memoryBytes: 5 },
      mounts: {
        '/a': { type: 'github', repo: 'o/a', baseUrl: 'http://g' },
        '/m': { type: 'memory' },
        '/w': { source: 'github:o/r', baseUrl: 'http://g' },
      },
    });
  });

  it('names the plugins of the file, then those of --plugin', async () => {
    const config = join(directory, 'plugins.json');
    await writeFile(config, '{"plugins":["mountkit-a"],"mounts":{"/m":{"type":"a"}}}');
    const mounts = { '/m': { type: 'a' } };
    expect(await of({ config })).toEqual({ plugins: ['mountkit-a'], mounts });
    expect(await of({ config, plugin: ['mountkit-b'] })).toEqual({ plugins: ['mountkit-a', 'mountkit-b'], mounts });
    expect(await of({ mount: ['/m=b:x'], plugin: ['mountkit-b'] })).toEqual({
      plugins: ['mountkit-b'],
      mounts: { '/m': 'b:x' },
    });
  });

  it('looks for plugins beside the config file, then in the working directory, then beside mountkit', () => {
    expect(pluginPlaces({ config: file })).toEqual([
      directory,
      process.cwd(),
      expect.stringMatching(/^file:.*mount-options/),
    ]);
    expect(pluginPlaces({})[0]).toBe(process.cwd());
  });

  it.each([
    [{}, {}, undefined],
    [{ GITHUB_TOKEN: 't' }, {}, { env: 'GITHUB_TOKEN' }],
    [{ GITHUB_TOKEN: '' }, {}, undefined],
    [{ GITHUB_TOKEN: 't' }, { tokenEnv: 'MINE' }, { env: 'MINE' }],
  ])('with %j and %j refers to the token by %j', async (env, options, token) => {
    const config = await of({ mount: ['/w=github:o/r'], ...options }, env);
    expect(config).toEqual({ mounts: { '/w': { source: 'github:o/r', ...(token !== undefined && { token }) } } });
  });

  it('does not hand the token of the environment to a host that only the config names, unless it is told to', async () => {
    const elsewhere = join(directory, 'elsewhere.json');
    await writeFile(elsewhere, '{"mounts":{"/a":{"source":"github:o/a","baseUrl":"http://elsewhere"}}}');
    const env = { GITHUB_TOKEN: 't', MINE: 't' };
    const mounts = { '/a': { source: 'github:o/a', baseUrl: 'http://elsewhere' } };
    expect(await of({ config: elsewhere }, env)).toEqual({ mounts });
    expect(await of({ config: elsewhere, tokenEnv: 'MINE' }, env)).toEqual({
      mounts: { '/a': { ...mounts['/a'], token: { env: 'MINE' } } },
    });
  });

  it.each([
    [{}, 'nothing to mount'],
    [{ mount: ['/w'] }, 'PATH=SOURCE'],
    [{ mount: ['=x'] }, 'PATH=SOURCE'],
    [{ mount: ['/w=a:', '/w=b:'] }, 'mounted twice'],
    [{ config: '/nowhere/at-all.json' }, 'cannot be read'],
  ])('%j is refused: %s', async (options, text) => {
    await expect(of(options)).rejects.toMatchObject({
      code: 'EINVAL',
      op: 'config',
      detail: expect.stringContaining(text),
    });
  });

  it.each(['{', '[]', '5', 'null'])('a file that holds %s is refused', async (text) => {
    await writeFile(join(directory, 'bad.json'), text);
    await expect(of({ config: join(directory, 'bad.json') })).rejects.toMatchObject({ code: 'EINVAL', op: 'config' });
  });
});
