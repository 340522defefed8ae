export { type BreakerOptions, withBreaker } from './breaker.ts';
export {
  type CacheControls,
  type CacheLayer,
  type CacheLayerOptions,
  type CacheOptions,
  createCache,
} from './cache/cache.ts';
export type { HitCounters } from './cache/state.ts';
export { compose, type ComposeOptions, type Composition } from './compose.ts';
export { createGates, type Gates } from './gate.ts';
export type { Layer } from './layer.ts';
export { type LimitOptions, withLimit } from './limit.ts';
export { type RetryOptions, withRetry } from './retry.ts';
export type { RetryBudgetOptions } from './retry-budget.ts';
export type { RetryPlanOptions } from './retry-plan.ts';
export { type TimeoutOptions, withTimeout } from './timeout.ts';
export { createTrafficMeter, type TrafficMeter } from './traffic.ts';
export { withVerify } from './verify.ts';
