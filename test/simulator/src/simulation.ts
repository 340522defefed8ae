import { intersectRanges, type Range, rangeLength } from '@mountkit/core';
import { type RangeSet, rangeSet } from '@mountkit/layers/planner';
import { bytesPerName, type Limit, limitOf } from './limit.ts';
import { type Flow, network } from './network.ts';
import type { Pattern } from './pattern.ts';
import type { Actions, Policy, PolicyRun, Request } from './policy.ts';
import type { Setting } from './setting.ts';
import { store } from './store.ts';

/** How a policy did on a pattern. */
export interface Outcome {
  readonly pattern: string;
  readonly policy: string;
  readonly setting: string;
  readonly ms: number;
  /** `ms` divided by the limit of the pattern. */
  readonly overLimit: number;
  readonly bytesMoved: number;
  /** Bytes moved divided by bytes used. */
  readonly amplification: number;
  readonly requests: number;
}

/** Lets a policy serve a pattern in virtual time. The caller thinks for no time and issues one operation after the other. */
export function simulate(pattern: Pattern, policy: Policy, setting: Setting): Outcome {
  const { ms, bytesMoved, requests } = new Simulation(pattern, policy, setting).run();
  const limit: Limit = limitOf(pattern, setting);
  return {
    pattern: pattern.name,
    policy: policy.name,
    setting: setting.name,
    ms,
    overLimit: ms / limit.ms,
    bytesMoved,
    amplification: bytesMoved / limit.bytesUsed,
    requests,
  };
}

class Simulation {
  readonly #pattern: Pattern;
  readonly #setting: Setting;
  readonly #policy: PolicyRun;
  readonly #network: ReturnType<typeof network>;
  readonly #store: ReturnType<typeof store> = store();
  readonly #inFlight = new Map<string, RangeSet>();
  readonly #listed = new Set<string>();
  #nowMs = 0;

  constructor(pattern: Pattern, policy: Policy, setting: Setting) {
    this.#pattern = pattern;
    this.#setting = setting;
    this.#network = network(setting);
    this.#policy = policy.start({
      setting,
      sizeOf: (file) => this.#sizeOf(file),
      missing: (file, range) =>
        this.#store
          .ranges(file)
          .missing({ start: range.start, end: Math.min(range.end, this.#sizeOf(file)) })
          .flatMap((each) => this.#comingOf(file).missing(each)),
    });
  }

  run(): { ms: number; bytesMoved: number; requests: number } {
    for (const operation of this.#pattern.operations) {
      switch (operation.kind) {
        case 'list':
          this.#list(operation.directory);
          break;
        case 'open':
          this.#apply(this.#policy.opened?.(operation.file, this.#nowMs));
          break;
        case 'read':
          this.#read(operation.file, { start: operation.offset, end: operation.offset + operation.length });
          break;
        case 'close':
          this.#apply(this.#policy.closed?.(operation.file, this.#nowMs));
          break;
      }
    }
    this.#policy.finish?.();
    // What is under way is paid for, though nobody waits for it any more.
    const rest = this.#network.flows.reduce((sum, flow) => sum + flow.bytes - flow.receivedBytes, 0);
    return {
      ms: this.#nowMs,
      bytesMoved: Math.round(this.#network.movedBytes + rest),
      requests: this.#network.requests,
    };
  }

  #list(directory: string): void {
    const actions = this.#policy.list?.(directory, this.#nowMs);
    this.#apply(actions ?? (this.#listed.has(directory) ? {} : listingRequest(directory)));
    while (!this.#listed.has(directory)) this.#step(this.#network.nextEventAt(this.#nowMs), `list ${directory}`);
  }

  #read(file: string, range: Range): void {
    // What is here already must not go while the rest is waited for.
    this.#store.touch(file, range);
    this.#apply(this.#policy.read(file, range, this.#nowMs));
    for (;;) {
      const servedAtMs = this.#servedAt(file, range);
      if (servedAtMs <= this.#nowMs) break;
      this.#step(Math.min(servedAtMs, this.#network.nextEventAt(this.#nowMs)), `read ${file} ${range.start}`);
    }
    this.#store.touch(file, range);
    this.#apply(this.#policy.served?.(this.#nowMs));
  }

  /** When the last byte of the range will have come, as far as can be told before the next event. */
  #servedAt(file: string, range: Range): number {
    let servedAtMs = this.#nowMs;
    for (const missing of this.#store.ranges(file).missing(range)) {
      const covered = rangeSet();
      for (const flow of this.#network.flows) {
        const { request } = flow;
        if (request.kind !== 'bytes' || request.file !== file || flow.canceledUntilMs !== undefined) continue;
        const common = intersectRanges(request.range, missing);
        if (common === undefined || covered.covers(common)) continue;
        covered.add(common);
        const needed = request.whole === true ? flow.bytes : common.end - request.range.start;
        const gone = flow.receivedBytes - needed;
        if (gone < -1e-3) {
          servedAtMs = Math.max(servedAtMs, this.#network.reachedAt(flow, needed, this.#nowMs));
        }
      }
      if (!covered.covers(missing)) return Infinity;
    }
    return servedAtMs;
  }

  #step(toMs: number, why: string): void {
    if (!Number.isFinite(toMs)) throw new Error(`nobody fetches what is waited for: ${why} at ${this.#nowMs}`);
    const fromMs = this.#nowMs;
    this.#nowMs = Math.max(fromMs, toMs);
    const complete = this.#network.advance(fromMs, this.#nowMs);
    for (const flow of [...this.#network.flows, ...complete]) {
      if (flow.canceledUntilMs === undefined && flow.firstByteAtMs <= this.#nowMs + 1e-6) {
        this.#policy.progress?.(flow.request.id, Math.floor(flow.receivedBytes), this.#nowMs);
      }
    }
    for (const flow of complete) this.#complete(flow);
  }

  #complete(flow: Flow): void {
    const { request } = flow;
    if (request.kind === 'listing') {
      this.#listed.add(request.directory);
      const children = this.#pattern.tree.directories.get(request.directory) ?? [];
      this.#apply(this.#policy.listed?.(request.directory, children, this.#nowMs));
      return;
    }
    this.#comingOf(request.file).remove(request.range);
    this.#store.add(request.file, request.range);
    this.#shrink();
    this.#apply(this.#policy.done?.(request.id, this.#nowMs));
  }

  #apply(actions: Actions | undefined): void {
    if (actions === undefined) return;
    for (const id of actions.cancels ?? []) this.#cancel(id);
    for (const { file, range } of actions.drops ?? []) this.#store.drop(file, range);
    for (const { file, range } of actions.coldest ?? []) this.#store.cool(file, range);
    for (const request of actions.requests ?? []) this.#send(request);
  }

  #send(request: Request): void {
    if (request.kind === 'listing') {
      const names = this.#pattern.tree.directories.get(request.directory)?.length ?? 0;
      this.#network.send(request, names * bytesPerName, this.#nowMs);
      return;
    }
    this.#comingOf(request.file).add(request.range);
    this.#network.send(request, rangeLength(request.range), this.#nowMs);
    this.#shrink();
  }

  #cancel(id: number): void {
    if (!this.#network.has(id)) return;
    const waiting = this.#network.waiting().find((each) => each.id === id);
    const flow = this.#network.cancel(id, this.#nowMs);
    const request = flow?.request ?? waiting;
    if (request?.kind !== 'bytes') return;
    this.#comingOf(request.file).remove(request.range);
    if (flow === undefined || request.whole === true) return;
    const end = request.range.start + Math.floor(flow.receivedBytes);
    this.#store.add(request.file, { start: request.range.start, end });
  }

  /** Keeps what is kept and what is coming together within the memory. */
  #shrink(): void {
    let coming = 0;
    for (const set of this.#inFlight.values()) coming += set.bytes;
    while (this.#store.bytes + coming > this.#setting.memoryBytes) {
      const gone = this.#store.evict();
      if (gone === undefined) return;
      this.#policy.evicted?.(gone.file, gone.range);
    }
  }

  #sizeOf(file: string): number {
    return this.#pattern.tree.files.get(file) ?? 0;
  }

  #comingOf(file: string): RangeSet {
    const known = this.#inFlight.get(file);
    if (known !== undefined) return known;
    const set = rangeSet();
    this.#inFlight.set(file, set);
    return set;
  }
}

function listingRequest(directory: string): Actions {
  return { requests: [{ kind: 'listing', id: -1, directory, demand: true }] };
}
