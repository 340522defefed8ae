import { lookup } from 'node:dns/promises';
import type { BackendDefinition } from '@mountkit/core';
import { defineHttp } from './definition.ts';
import type { HttpOptions } from './options.ts';

/** The addresses of a host name as the machine resolves it. */
export async function lookupHost(hostname: string): Promise<readonly string[]> {
  const records = await lookup(hostname, { all: true, verbatim: true });
  return records.map(({ address }) => address);
}

/** The definition the loader knows as type 'http', with the resolver of Node. */
export const http: BackendDefinition<HttpOptions> = defineHttp({ lookup: lookupHost });
