import { type BackendDefinition, defineBackend, FsError } from '@mountkit/core';
import { z } from 'zod';
import { createZipBackend } from './backend.js';

/** Options of the zip backend. */
export interface ZipOptions {
  /** The archive, a path on this machine; a relative one begins in the working directory. */
  readonly file: string;
}

const options = z.strictObject({ file: z.string("the path of an archive, as in './site.zip'").min(1, 'it is empty') });

/** The definition that a config knows as type 'zip', and in short as `zip:./site.zip`. */
export const zip: BackendDefinition<ZipOptions> = defineBackend<ZipOptions>({
  type: 'zip',
  schema: options,
  jsonSchema: () => z.toJSONSchema(options),
  secrets: [],
  shorthand: {
    schemes: ['zip'],
    parse(source) {
      const file = source.slice('zip:'.length);
      if (file === '') throw new FsError('EINVAL', { op: 'parse', detail: 'an archive is written zip:path/of/it.zip' });
      return { file };
    },
  },
  create: ({ file }) => createZipBackend(file),
});
