// Peers are found from here: this folder has an install of its own, outside of the workspace.
export const peers = {
  mirage: () => import('@struktoai/mirage-node'),
  zenfs: () => import('@zenfs/core'),
  unstorage: () => import('unstorage'),
  unstorageGithub: () => import('unstorage/drivers/github'),
  unstorageHttp: () => import('unstorage/drivers/http'),
  hyparquet: () => import('hyparquet'),
  hyparquetWriter: () => import('hyparquet-writer'),
  zip: () => import('@zip.js/zip.js'),
  opendal: () => import('opendal-0-49-2'),
};
