/** A network between the bucket and who reads it. */
export interface Network {
  readonly id: NetworkId;
  readonly title: string;
  readonly shaping: { readonly latencyMs: number; readonly requestBandwidth: number };
}

export type NetworkId = 'shaped' | 'unshaped';

/** The networks that the bars are about. */
export const networks: Readonly<Record<NetworkId, Network>> = {
  shaped: {
    id: 'shaped',
    title: '20 ms to the first byte, 80 MB/s a request',
    shaping: { latencyMs: 20, requestBandwidth: 80_000_000 },
  },
  unshaped: {
    id: 'unshaped',
    title: 'as fast as it goes',
    shaping: { latencyMs: 0, requestBandwidth: Infinity },
  },
};
