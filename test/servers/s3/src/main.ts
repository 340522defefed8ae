import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { publicReadAndList, seededContent, startS3Server } from './index.ts';
import type { S3Server, ServedBucket, Shaping } from './index.ts';

const usage = `usage: node dist/main.js [--port N] [--latency MS] [--request-bandwidth BYTES] [--bandwidth BYTES] [--public] [--control]
                         [--object BUCKET/KEY=BYTES]... [--objects BUCKET/PREFIX=COUNTxBYTES]...
Prints its URL. Credentials: test, testsecret. Objects are made of seeded bytes.
--control: reads one JSON command a line, {"shape": {...}}, {"reset": true} or {"stats": true}, answers each with a line, ends with its input.`;

/** A command of `--control`. */
interface Command {
  readonly shape?: Partial<Shaping>;
  readonly reset?: boolean;
  readonly stats?: boolean;
}

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    latency: { type: 'string', default: '0' },
    'request-bandwidth': { type: 'string', default: 'Infinity' },
    bandwidth: { type: 'string', default: 'Infinity' },
    public: { type: 'boolean', default: false },
    control: { type: 'boolean', default: false },
    object: { type: 'string', multiple: true, default: [] },
    objects: { type: 'string', multiple: true, default: [] },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  console.log(usage);
} else {
  const server = await startS3Server({
    port: Number(values.port),
    latencyMs: Number(values.latency),
    requestBandwidth: Number(values['request-bandwidth']),
    bandwidth: Number(values.bandwidth),
  });
  const stop = (): void => void server.close();
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  try {
    for (const [index, wanted] of values.object.entries()) {
      const { bucket, key, value } = place(server, wanted);
      bucket.put(key, seededContent(index, Number(value)));
    }
    for (const wanted of values.objects) {
      const { bucket, key, value } = place(server, wanted);
      const [count = 0, size = 0] = value.split('x').map(Number);
      bucket.fill(count, (index) => ({
        key: `${key}${String(index).padStart(6, '0')}`,
        body: seededContent(index % 16, size),
      }));
    }
    console.log(server.url);
    if (values.control) await control(server);
  } catch (error) {
    await server.close();
    throw error;
  }
}

async function control(server: S3Server): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    const command = JSON.parse(line) as Command;
    if (command.shape !== undefined) server.shape(command.shape);
    // Counts are told before they are forgotten.
    const answer = command.stats === true ? server.stats() : {};
    if (command.reset === true) server.reset();
    console.log(JSON.stringify(answer));
  }
  await server.close();
}

function place(server: S3Server, text: string): { bucket: ServedBucket; key: string; value: string } {
  const found = /^([^/]+)\/(.*)=([\dx]+)$/.exec(text);
  if (found === null) throw new Error(`expected BUCKET/KEY=VALUE, got ${text}\n${usage}`);
  const [, name = '', key = '', value = ''] = found;
  const bucket = server.bucket(name) ?? server.createBucket(name, values.public ? { policy: publicReadAndList } : {});
  return { bucket, key, value };
}
