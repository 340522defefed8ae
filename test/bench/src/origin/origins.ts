import { generate, type GitHubServer, startGitHubServer } from '@mountkit/test-github-server';
import { type S3Server, startS3Server } from '@mountkit/test-s3-server';
import { largeFiles, notes } from '../content.ts';
import type { Peers } from '../peers.ts';
import type { Scale } from '../scale.ts';
import { plainFiles } from './fixtures.ts';
import { stored, zenfsIndex } from './plain-files.ts';
import { startPlainOrigin } from './plain-origin.ts';
import type { Network, Origin, OriginKind, Target, Traffic } from './target.ts';

/** One origin of each kind over the same fixtures. */
export interface Origins {
  readonly target: Target;
  readonly byKind: Readonly<Record<OriginKind, Origin>>;
  close(): Promise<void>;
}

const contentRoutes: ReadonlySet<string> = new Set([
  'blob',
  'contents',
  'raw',
  'git-upload-pack',
  'archive',
  'lfs-download',
]);
const indexPath = 'zenfs-index.json';
const owner = 'bench';
const name = 'notes';
const bucket = 'notes';
const token = 'bench';

/** Starts the origins. */
export async function startOrigins(scale: Scale, peers: Peers | undefined): Promise<Origins> {
  const repository = await generate(async (into) => {
    const changes = notes(scale.repository).map(({ path, text }) => ({ path, mode: '100644' as const, content: text }));
    await into.commit({ ref: 'refs/heads/main', message: 'Notes\n', changes });
  });
  const github = await startGitHubServer({ tokens: [token] });
  github.addRepository(`${owner}/${name}`, { gitDir: repository.gitDir });

  const files = await plainFiles(scale, peers);
  files.set(indexPath, stored(Buffer.from(zenfsIndex(files)), true));
  const http = await startPlainOrigin(files);

  const s3 = await startS3Server();
  const objects = s3.createBucket(bucket);
  for (const [path, file] of files) {
    if (path !== indexPath && path !== largeFiles.huge) objects.put(path, new Uint8Array(file.read(0, file.size)));
  }
  const byKind = { github: githubOrigin(github), http, s3: s3Origin(s3) };
  return {
    byKind,
    target: {
      scale,
      github: { apiUrl: github.url, rawUrl: `${github.codeloadUrl}/raw`, owner, name, commit: repository.head, token },
      http: { url: http.url, indexUrl: `${http.url}${indexPath}` },
      s3: { url: s3.url, bucket, accessKeyId: 'test', secretAccessKey: 'testsecret' },
    },
    async close() {
      await Promise.all(Object.values(byKind).map((origin) => origin.close()));
      await repository.remove();
    },
  };
}

function githubOrigin(server: GitHubServer): Origin {
  return {
    shape: ({ latencyMs, bytesPerSecond }: Network) => server.shape({ latencyMs, bandwidth: bytesPerSecond }),
    traffic: () => {
      const content = server.requests.filter(({ route }) => contentRoutes.has(route));
      return trafficOf(server.stats(), content);
    },
    reset: () => server.reset(),
    close: () => server.close(),
  };
}

function s3Origin(server: S3Server): Origin {
  return {
    shape: ({ latencyMs, bytesPerSecond }: Network) => server.shape({ latencyMs, bandwidth: bytesPerSecond }),
    traffic: () => {
      const content = server.requests.filter(({ operation }) => operation === 'GetObject');
      return trafficOf(server.stats(), content);
    },
    reset: () => server.reset(),
    close: () => server.close(),
  };
}

interface ServerStats {
  readonly requests: number;
  readonly bytesSent: number;
  readonly connectionsOpened: number;
  readonly peakConcurrency: number;
  readonly inFlight: number;
}

function trafficOf(stats: ServerStats, content: readonly { readonly bytesSent: number }[]): Traffic {
  return {
    requests: stats.requests,
    bytes: stats.bytesSent,
    contentBytes: content.reduce((sum, { bytesSent }) => sum + bytesSent, 0),
    connections: stats.connectionsOpened,
    peakRequests: stats.peakConcurrency,
    inFlight: stats.inFlight,
  };
}
