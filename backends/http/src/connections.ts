import { FsError, type Timeouts } from '@mountkit/core';
import { Agent, buildConnector } from 'undici';
import { type Lookup, type NetworkPolicy, refused } from './network.ts';

/** What a pool is made of. */
export interface ConnectionOptions {
  readonly policy: NetworkPolicy;
  /** There where the policy is not open. */
  readonly lookup: Lookup | undefined;
  readonly timeouts: Timeouts;
  /** Connections to one origin at most. */
  readonly connections: number;
}

type Connector = ReturnType<typeof buildConnector>;
type LookupCallback = (
  error: Error | null,
  address: string | readonly { readonly address: string; readonly family: number }[],
  family?: number,
) => void;

/**
 * A bounded pool of kept-alive connections of its own. A host name is resolved once for a connection, all of its addresses are vetted, and the connection goes to
 * those addresses; the peer of the finished connection is looked at again.
 */
export function createConnections({ policy, lookup, timeouts, connections }: ConnectionOptions): Agent {
  const connectOptions = { timeout: timeouts.connectMs };
  const pool = {
    connections,
    pipelining: 1,
    headersTimeout: timeouts.firstByteMs,
    bodyTimeout: timeouts.idleMs,
    keepAliveTimeout: 10_000,
    keepAliveMaxTimeout: 60_000,
    maxHeaderSize: 32 * 1024,
  };
  if (policy.open) return new Agent({ ...pool, connect: connectOptions });

  const connect = buildConnector({ ...connectOptions, lookup: vetted(policy, lookup) } as Parameters<
    typeof buildConnector
  >[0]);
  const vet: Connector = (options, callback) => {
    connect(options, (...[error, socket]) => {
      if (error !== null) return callback(error, null);
      if (socket.remoteAddress !== undefined && policy.allows(options.hostname, socket.remoteAddress)) {
        return callback(null, socket);
      }
      socket.destroy();
      return callback(refused('connect'), null);
    });
  };
  return new Agent({ ...pool, connect: vet });
}

function vetted(
  policy: NetworkPolicy,
  lookup: Lookup | undefined,
): (hostname: string, options: { readonly all?: boolean }, callback: LookupCallback) => void {
  return (hostname, options, callback) => {
    resolve(hostname).then(
      (addresses) => {
        const records = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
        const [first] = records;
        if (options.all === true) callback(null, records);
        else callback(null, first?.address ?? '', first?.family ?? 0);
      },
      (error: unknown) => callback(error instanceof Error ? error : new Error('the lookup failed'), '', 0),
    );
  };

  async function resolve(hostname: string): Promise<readonly string[]> {
    if (lookup === undefined) {
      throw new FsError('ENOTSUP', {
        op: 'connect',
        detail: "the option 'network' needs a resolver: take the entry @mountkit/http/node",
      });
    }
    const addresses = await lookup(hostname);
    // One refused address among good ones is a trick as well: the next connection might get it.
    if (addresses.length === 0 || !addresses.every((address) => policy.allows(hostname, address)))
      throw refused('connect');
    return addresses;
  }
}
