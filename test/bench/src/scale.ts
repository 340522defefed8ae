/** How large the fixtures are. */
export interface Scale {
  /** Of the repository: directories, and files in each. */
  readonly repository: { readonly directories: number; readonly files: number };
  /** Of the tree on the plain origin. */
  readonly tree: { readonly directories: number; readonly files: number };
  /** Of the text that `head` and `tail` look at. */
  readonly textBytes: number;
  /** Of the content that is read here and there; it is never stored. */
  readonly hugeBytes: number;
  /** Reads of 64 KiB in it. */
  readonly randomReads: number;
  /** Of the file that ten readers want at once. */
  readonly sharedBytes: number;
  readonly parquet: { readonly rows: number; readonly rowGroups: number; readonly columns: number };
  readonly zip: { readonly members: number; readonly memberBytes: number; readonly wanted: number };
}

/** What the table in the docs is made with. */
export const fullScale: Scale = {
  repository: { directories: 50, files: 20 },
  tree: { directories: 10, files: 10 },
  textBytes: 50_000_000,
  hugeBytes: 1_000_000_000,
  randomReads: 100,
  sharedBytes: 1_000_000,
  parquet: { rows: 100_000, rowGroups: 10, columns: 20 },
  zip: { members: 400, memberBytes: 40_000, wanted: 40 },
};

/** For a look: seconds instead of minutes. */
export const quickScale: Scale = {
  repository: { directories: 10, files: 10 },
  tree: { directories: 5, files: 5 },
  textBytes: 5_000_000,
  hugeBytes: 100_000_000,
  randomReads: 20,
  sharedBytes: 200_000,
  parquet: { rows: 5000, rowGroups: 5, columns: 10 },
  zip: { members: 50, memberBytes: 10_000, wanted: 10 },
};

/** What every contestant runs once before it is measured, on origins of its own. */
export const warmUpScale: Scale = {
  repository: { directories: 2, files: 3 },
  tree: { directories: 2, files: 3 },
  textBytes: 64_000,
  hugeBytes: 1_000_000,
  randomReads: 3,
  sharedBytes: 10_000,
  parquet: { rows: 100, rowGroups: 2, columns: 6 },
  zip: { members: 6, memberBytes: 1000, wanted: 3 },
};
