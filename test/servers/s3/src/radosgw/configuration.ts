import { join } from 'node:path';

/** What a cluster of one is made of. */
export interface ClusterSettings {
  /** Absolute path of its private directory. */
  readonly home: string;
  readonly fsid: string;
  readonly monitorPort: number;
  readonly gatewayPort: number;
  /** `memstore` keeps everything in memory, `bluestore` in a sparse file of 4 GiB. */
  readonly objectStore: 'memstore' | 'bluestore';
}

/** The configuration of a monitor, one object store and a gateway on loopback, https://docs.ceph.com/en/pacific/radosgw/config-ref/. */
export function cephConfiguration(settings: ClusterSettings): string {
  const { home, fsid, monitorPort, gatewayPort, objectStore } = settings;
  return `[global]
fsid = ${fsid}
mon host = v1:127.0.0.1:${monitorPort}
ms bind msgr2 = false
ms bind ipv6 = false
public addr = 127.0.0.1
cluster addr = 127.0.0.1
auth cluster required = none
auth service required = none
auth client required = none
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 8
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon max pg per osd = 1000
mon data avail crit = 1
mon data avail warn = 1
run dir = ${join(home, 'run')}
admin socket = ${join(home, 'run')}/$cluster-$name.$pid.asok
log file = ${join(home, 'log')}/$name.log
log to file = true
debug default = 0
setuser match path =
osd objectstore = ${objectStore}
memstore device bytes = 8589934592
bluestore block size = 4294967296
osd memory target = 939524096
osd data = ${join(home, 'osd')}
mon data = ${join(home, 'mon')}
osd class load list = *
osd class default list = *
[client.rgw]
rgw frontends = beast endpoint=127.0.0.1:${gatewayPort} tcp_nodelay=1
rgw data = ${join(home, 'rgw')}
rgw thread pool size = 64
rgw dns name = s3.localhost
rgw enable usage log = false
rgw lc max worker = 1
rgw gc processor period = 60
`;
}
