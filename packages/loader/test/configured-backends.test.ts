import { type BackendContext, type BackendDefinition, createSecret, systemClock } from '@mountkit/core';
import { createGates } from '@mountkit/layers';
import { memory } from '@mountkit/memory';
import { expect, test } from 'vitest';
import { configuredBackends, type MountConfig } from '../src/index.ts';
import { remoteDefinition } from './remote.ts';

const remote = remoteDefinition().definition as BackendDefinition;
const backends = { memory: { schemes: [], load: () => memory }, remote: { schemes: ['remote'], load: () => remote } };

function context(): BackendContext {
  return {
    gate: createGates({ clock: systemClock }),
    onRequest: () => undefined,
    clock: systemClock,
    random: () => 0.5,
    secret: createSecret,
    timeouts: { connectMs: 1000, firstByteMs: 1000, idleMs: 1000 },
    signal: new AbortController().signal,
  };
}

test('gives each mount of a config as a backend under no layers, each time a new one', async () => {
  const [first, second] = await configuredBackends(
    { mounts: { '/a': { type: 'memory', files: { '/x': 'x' } }, '/b': { type: 'remote', repo: 'acme/app' } } },
    { backends },
  );
  expect([first?.path, first?.definition.type, second?.path, second?.definition.type]).toEqual([
    '/a',
    'memory',
    '/b',
    'remote',
  ]);
  const made = await first?.create(context());
  expect(made?.id).toMatch(/^memory/);
  expect(await first?.create(context())).not.toBe(made);
});

test('knows the credentials of each mount, and of no other', async () => {
  const mount = (name: string): MountConfig => ({ type: 'remote', repo: 'acme/app', token: { env: name } });
  const found = await configuredBackends(
    { mounts: { '/a': mount('ONE'), '/ab': mount('TWO'), '/c': { type: 'memory', files: {} } } },
    { backends, env: { ONE: 'first', TWO: 'second' } },
  );
  expect(found.map((each) => each.secrets())).toEqual([['first'], ['second'], []]);
  expect(JSON.stringify(found)).not.toContain('first');
});

test('tells every problem of a config at once', async () => {
  const mounts = { '/a': { type: 'memry' }, '/b': { type: 'remote', repo: 'none' } };
  const failure: unknown = await configuredBackends({ mounts }, { backends }).catch((error: unknown) => error);
  expect(String(failure)).toMatch(/memry[\s\S]*\/mounts\/~1b\/repo/);
});
