import { importPeers } from '../peers.ts';
import type { Contestant } from './contestant.ts';

interface MirageModule {
  readonly Workspace: new (resources: Readonly<Record<string, object>>) => {
    execute(
      command: string,
    ): Promise<{ readonly stdout: Uint8Array; readonly stderr: Uint8Array; readonly exitCode: number }>;
    close(): Promise<void>;
  };
  readonly GitHubResource: {
    create(config: {
      readonly token: string;
      readonly owner: string;
      readonly repo: string;
      readonly ref: string;
      readonly baseUrl: string;
    }): Promise<object>;
  };
  readonly S3Resource: new (config: {
    readonly bucket: string;
    readonly region: string;
    readonly endpoint: string;
    readonly forcePathStyle: boolean;
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
  }) => object;
}

/** Mirage's workspace and its shell. It mounts no plain HTTP, so there the same tree comes from a bucket. */
export const mirage: Contestant = {
  id: 'mirage',
  title: 'Mirage',
  side: 'peer',
  host: 'shell',
  origin: (wanted) => (wanted === 'http' ? 's3' : wanted),
  async prepare() {
    const peers = await importPeers();
    const { Workspace, GitHubResource, S3Resource } = (await peers.mirage()) as MirageModule;
    return async ({ github, s3 }, origin) => {
      const { owner, name, commit, apiUrl, token } = github;
      const resource =
        origin === 'github'
          ? await GitHubResource.create({ token, owner, repo: name, ref: commit, baseUrl: apiUrl })
          : new S3Resource({
              bucket: s3.bucket,
              region: 'us-east-1',
              endpoint: s3.url,
              forcePathStyle: true,
              accessKeyId: s3.accessKeyId,
              secretAccessKey: s3.secretAccessKey,
            });
      const workspace = new Workspace({ '/w': resource });
      return {
        async shell(command) {
          const { stdout, stderr, exitCode } = await workspace.execute(command);
          if (exitCode > 1) throw new Error(`exit code ${exitCode}: ${new TextDecoder().decode(stderr)}`);
          return new TextDecoder().decode(stdout);
        },
        close: () => workspace.close(),
      };
    };
  },
};
