import assert from 'node:assert/strict';
import { isFsError } from '@mountkit/core';
import type { Bench } from '../bench.ts';
import type { Case } from '../case.ts';
import { createFastClock } from '../fault-proxy/fast-clock.ts';
import {
  flippedBytes,
  forcedGzip,
  headRefusal,
  type NamedFault,
  narrowRange,
  otherRange,
  rangeIgnored,
  redirectLoops,
  redirectsTo,
  refusals,
  resets,
  shortLength,
  silences,
  truncations,
  versionFlip,
  wrongContentRange,
} from '../fault-proxy/faults.ts';
import type { ProxiedRequest } from '../fault-proxy/exchange.ts';
import { throughProxy, type Trial, tryFaults, withProxy } from '../http-probe.ts';
import { describeError } from '../probe.ts';
import { needleOf } from '../secret-search.ts';
import { type Operation, operationsOf } from '../operations.ts';
import { isVersioned, readFile } from './versions.ts';

function tried(id: string, says: string, trial: Trial, more: Partial<Case> = {}): Case {
  return { id, says, needs: ['http'], run: (bench) => tryFaults(bench, trial), ...more };
}

// What has to be waited for is tried with two questions, one call each.
const briefOperations = (bench: Bench): readonly Operation[] =>
  operationsOf(bench).filter(({ file, name }) => file === bench.roles.small && !name.startsWith('stat'));
const mostHops = 50;
const silenceMs = 400;
const retryAfterSeconds = 2;
const fast = 20;
// Clocks are coarse: what is earlier than this part of the time is certainly too early.
const certain = 0.8;

/** What servers, proxies and networks do to HTTP: each ends in the right bytes or in an error that tells of it. */
export const httpCases: readonly Case[] = [
  {
    id: 'http.plain',
    says: 'Through a proxy that changes nothing, everything is right: the backend asks the base URL it is given.',
    needs: ['http'],
    async run(bench) {
      await tryFaults(bench, { faults: [] });
      await withProxy(bench, (proxy) =>
        bench.fresh(
          async (view) => {
            await readFile(bench, view, bench.roles.small.path);
            assert.ok(proxy.requests.length > 0, 'no request came to the base URL that http.create was given');
          },
          throughProxy(bench, proxy),
        ),
      );
    },
  },
  tried('http.range-ignored', 'A 200 with the whole file is not taken for the range that was asked for.', {
    faults: [rangeIgnored],
    codes: ['ENOTSUP', 'EFBIG'],
  }),
  tried('http.range-other', 'Content-Range is read: another range is not taken for the one that was asked for.', {
    faults: [otherRange, wrongContentRange],
  }),
  tried('http.range-narrow', 'A range that comes shorter than asked is not taken for all of it.', {
    faults: [narrowRange, shortLength],
  }),
  tried('http.encoded', 'A body in gzip that nobody asked for is decoded or refused, never handed out as it is.', {
    faults: [forcedGzip],
    codes: ['ENOTSUP'],
  }),
  tried('http.truncated', 'A body that ends before it is whole is an error or is asked for again.', {
    faults: truncations,
  }),
  tried('http.reset', 'A connection that breaks is EIO: it tells nothing about what is there.', { faults: resets }),
  tried('http.status', 'A 5xx is EIO with a reason, never absence.', {
    faults: [500, 503].map((status) => refusals(status)),
  }),
  tried(
    'http.transient',
    'Behind the layers, one answer that went wrong on the way is asked for again and not seen.',
    {
      faults: [refusals(503), ...resets.slice(0, 2), ...truncations.slice(0, 1)],
      requests: 'first',
      mustSucceed: true,
    },
    { faces: ['layers', 'mounted'] },
  ),
  tried(
    'http.throttled',
    "429 with Retry-After is EIO, reason 'throttled', that says when to come again; no request is made before.",
    {
      faults: [refusals(429, { 'retry-after': String(retryAfterSeconds) })],
      clock: createFastClock(fast),
      operations: briefOperations,
      inspect({ proxy, error }) {
        if (isFsError(error) && error.reason !== 'throttled') return `its reason is '${error.reason}'`;
        if (isFsError(error) && error.retry === 'never') return 'it says that it is never worth another attempt';
        const isEarly = proxy.requests.some(({ spoiledAtMs }, index) => {
          if (spoiledAtMs === undefined) return false;
          // What another call asks meanwhile may have been on its way.
          const again = proxy.requests.slice(index + 1).find((later) => isSameRequest(later, proxy.requests[index]));
          return again !== undefined && (again.atMs - spoiledAtMs) * fast < retryAfterSeconds * 1000 * certain;
        });
        return isEarly
          ? `the origin is asked again before the ${retryAfterSeconds} seconds of Retry-After are over`
          : undefined;
      },
    },
  ),
  tried(
    'http.silent',
    'An origin that falls silent ends in ETIMEDOUT or EIO after the time that was set, not in waiting.',
    {
      faults: silences,
      requests: 'all',
      operations: briefOperations,
      timeoutMs: silenceMs,
    },
    { faces: ['layers', 'mounted'] },
  ),
  {
    id: 'http.flip',
    says: 'When ETag and bytes change between two requests, a read pinned to the first version is ESTALE or EIO.',
    faces: ['raw', 'layers'],
    needs: ['http'],
    applies: isVersioned,
    run: flip,
  },
  tried(
    'http.head-refused',
    'An origin that refuses HEAD can be stated, by a GET; the refusal is not taken for absence.',
    {
      faults: [405, 501].map(headRefusal),
      requests: 'all',
      mustSucceed: true,
    },
  ),
  tried('http.redirect-loop', 'Redirections that never arrive end in an error after a few.', {
    faults: redirectLoops,
    codes: ['ELOOP'],
    requests: 'all',
    inspect: ({ proxy }) =>
      proxy.requests.length > mostHops ? `${proxy.requests.length} requests were made of one` : undefined,
  }),
  {
    id: 'http.redirect-secrets',
    says: 'A redirection to another origin takes no credential along: not in a header, not in the URL.',
    faces: ['raw'],
    needs: ['http', 'secrets'],
    run: redirectElsewhere,
  },
];

async function flip(bench: Bench): Promise<'does not apply' | void> {
  const { path, bytes } = bench.roles.large;
  return withProxy(bench, async (proxy) => {
    const isHit = await bench.fresh(
      async (view) => {
        const first = await bench.probe.read(view.backend, path, { offset: 0, length: 10 });
        const pin = 'entry' in first ? first.entry.version : undefined;
        if (pin === undefined) return false;
        proxy.inject(versionFlip.of(bytes));
        const offset = bytes.byteLength >> 1;
        const answer = await bench.probe
          .read(view.backend, path, { pin, offset, length: 1000 })
          .catch((error: unknown) => error);
        if (isFsError(answer)) {
          assert.ok(['ESTALE', 'EIO'].includes(answer.code), `the pinned read ends with ${describeError(answer)}`);
        } else if (answer instanceof Error) throw answer;
        else if (answer !== null && typeof answer === 'object' && 'bytes' in answer && 'start' in answer) {
          const { start, bytes: got } = answer as { readonly start: number; readonly bytes: Uint8Array };
          const isNew = Buffer.compare(got, flippedBytes(bytes).subarray(start, start + got.byteLength)) === 0;
          assert.ok(!isNew || got.byteLength === 0, 'the pinned read gives the bytes of the new version');
        }
        return proxy.hits > 0;
      },
      throughProxy(bench, proxy),
    );
    return isHit ? undefined : 'does not apply';
  });
}

async function redirectElsewhere(bench: Bench): Promise<'does not apply' | undefined> {
  const needles = (bench.fixture.secrets ?? []).flatMap(needleOf);
  return withProxy(bench, (elsewhere) => {
    const faults: readonly NamedFault[] = redirectsTo(elsewhere.url);
    return tryFaults(bench, {
      faults,
      // Without its credential the other origin may refuse, and a backend may refuse to go there.
      codes: ['EACCES', 'EPERM', 'ENOTSUP', 'ELOOP'],
      requests: 'all',
      inspect() {
        const shown = elsewhere.requests.flatMap((request) => placesOf(request, needles));
        elsewhere.inject(undefined);
        return shown.length > 0 ? `a credential goes along, in ${[...new Set(shown)].join(' and ')}` : undefined;
      },
    });
  });
}

function isSameRequest(one: ProxiedRequest, other: ProxiedRequest | undefined): boolean {
  return one.method === other?.method && one.target === other.target && rangeOf(one) === rangeOf(other);
}

function rangeOf({ headers }: ProxiedRequest): string | undefined {
  const at = headers.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === 'range');
  return at < 0 ? undefined : headers[at + 1];
}

/** Where a request shows a credential. */
function placesOf({ target, headers }: ProxiedRequest, needles: readonly string[]): readonly string[] {
  const shows = (text: string): boolean => needles.some((needle) => text.includes(needle));
  const places = shows(target) || shows(decodeURIComponent(target)) ? ['the URL'] : [];
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const value = headers[index + 1] ?? '';
    // RFC 7617: user and password are one text in base64.
    const basic = /^basic (.+)$/i.exec(value)?.[1];
    if (shows(value) || (basic !== undefined && shows(Buffer.from(basic, 'base64').toString()))) {
      places.push(`the header ${headers[index]?.toLowerCase()}`);
    }
  }
  return places;
}
