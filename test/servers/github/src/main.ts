import { parseArgs } from 'node:util';
import { documentedLimits, startGitHubServer } from './index.ts';
import { fromCheckout } from './fixtures/existing.ts';
import { big, empty, flat, thousand, wide } from './fixtures/generated.ts';
import type { Fixture } from './fixtures/fixture.ts';
import { zoo } from './fixtures/zoo.ts';

const usage = `usage: node dist/main.js [--port N] [--latency MS] [--bandwidth BYTES] [--token TOKEN]... [--documented-limits]
                         [--repo owner/name=GITDIR]... [--fixture owner/name=KIND]...
KIND: zoo wide flat empty big thousand, or a checkout's folder`;

const kinds: Readonly<Record<string, () => Promise<Fixture>>> = {
  zoo,
  wide,
  empty,
  thousand,
  flat: async () => flat(),
  big: async () => big(),
};

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    latency: { type: 'string', default: '0' },
    bandwidth: { type: 'string', default: 'Infinity' },
    token: { type: 'string', multiple: true, default: [] },
    'documented-limits': { type: 'boolean', default: false },
    repo: { type: 'string', multiple: true, default: [] },
    fixture: { type: 'string', multiple: true, default: [] },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  console.log(usage);
} else {
  const fixtures: Fixture[] = [];
  const server = await startGitHubServer({
    port: Number(values.port),
    latencyMs: Number(values.latency),
    bandwidth: Number(values.bandwidth),
    tokens: values.token,
    limits: values['documented-limits'] ? documentedLimits : {},
  });
  const stop = async (): Promise<void> => {
    await server.close();
    await Promise.all(fixtures.map(async (fixture) => fixture.remove()));
  };
  let stopping: Promise<void> | undefined;
  const onSignal = (): void => void (stopping ??= stop());
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  try {
    for (const repo of values.repo) {
      const [fullName, gitDir] = pair(repo);
      server.addRepository(fullName, { gitDir });
    }
    for (const wanted of values.fixture) {
      const [fullName, kind] = pair(wanted);
      const fixture = await (kinds[kind] ?? (async () => fromCheckout(kind)))();
      fixtures.push(fixture);
      server.addRepository(fullName, { gitDir: fixture.gitDir });
    }
    console.log(server.url);
  } catch (error) {
    await stop();
    throw error;
  }
}

function pair(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw new Error(`expected owner/name=VALUE, got ${text}\n${usage}`);
  return [text.slice(0, at), text.slice(at + 1)];
}
