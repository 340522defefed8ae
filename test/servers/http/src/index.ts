export type { ConditionHeader } from './fault/conditions.ts';
export type { Answer, AnswerBody, Delivery, Exchange } from './fault/exchange.ts';
export type {
  BodyFault,
  DeliveryFault,
  Fault,
  FaultScope,
  ListingFault,
  RangeFault,
  RedirectFault,
  StatusFault,
  ValidatorFault,
} from './fault/fault.ts';
export { strongEtag, type FaultEntry, type FaultFile, type FaultFileInput, type FaultFiles } from './fault/files.ts';
export type { FaultCounters, SeenRequest } from './fault/journal.ts';
export type { NetworkShape } from './fault/pace.ts';
export { startFaultServer, type FaultServer, type FaultServerOptions } from './fault/server.ts';
export { rebindingLookup, type RebindingLookup } from './fault/rebinding.ts';
export { LISTING_DIALECTS, type ListingDialect } from './listing/dialect.ts';
export { indexManifest, sha256sumList } from './listing/manifest.ts';
export { REAL_SERVER_KINDS, type RealServerKind } from './real/kinds.ts';
export { probeRealServer, type RealServerProbe } from './real/probe.ts';
export { startRealServer, type HttpServerHandle, type RealServerOptions } from './real/server.ts';
export { makeTree, sha256Of, type RawNamedFile, type Tree, type TreeFile, type TreeOptions } from './tree/tree.ts';
export { seededBytes, seededText } from './tree/random.ts';
