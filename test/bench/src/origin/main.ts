import { importPeers } from '../peers.ts';
import { type Scale, warmUpScale } from '../scale.ts';
import { startOrigins } from './origins.ts';
import { quiet } from './quiet.ts';
import type { Network, OriginKind, Target, Traffic } from './target.ts';

/** What the origins' process is told. */
export type OriginCommand =
  | { readonly type: 'start'; readonly scale: Scale; readonly withPeers: boolean }
  | { readonly type: 'shape'; readonly network: Network }
  | { readonly type: 'reset'; readonly kind: OriginKind }
  | { readonly type: 'traffic'; readonly kind: OriginKind }
  | { readonly type: 'close' };

/** What it answers, one answer a command. */
export interface OriginAnswer {
  readonly targets?: { readonly measured: Target; readonly warmUp: Target };
  readonly traffic?: Traffic;
  readonly error?: string;
}

type Pair = Awaited<ReturnType<typeof start>>;

async function start({ scale, withPeers }: { readonly scale: Scale; readonly withPeers: boolean }) {
  const peers = withPeers ? await importPeers() : undefined;
  return { measured: await startOrigins(scale, peers), warmUp: await startOrigins(warmUpScale, peers) };
}

let pair: Pair | undefined;

async function obey(command: OriginCommand): Promise<OriginAnswer> {
  if (command.type === 'start') {
    pair = await start(command);
    return { targets: { measured: pair.measured.target, warmUp: pair.warmUp.target } };
  }
  if (command.type === 'close') {
    await Promise.all([pair?.measured.close(), pair?.warmUp.close()]);
    return {};
  }
  if (pair === undefined) throw new Error('not started');
  const { byKind } = pair.measured;
  if (command.type === 'traffic') return { traffic: await quiet(() => byKind[command.kind].traffic()) };
  if (command.type === 'reset') byKind[command.kind].reset();
  else for (const origin of Object.values(byKind)) origin.shape(command.network);
  return {};
}

process.on('message', (command: OriginCommand) => {
  void (async () => {
    const answer = await obey(command).catch((error: unknown): OriginAnswer => ({ error: String(error) }));
    process.send?.(answer);
    if (command.type === 'close') process.disconnect();
  })();
});
process.on('disconnect', () => process.exit());
