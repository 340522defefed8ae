import type { OpenFile } from '@mountkit/core';
import { Reader } from '@zip.js/zip.js';

/** An open file as zip.js reads one: by ranges. */
export class FileReader extends Reader<OpenFile> {
  readonly #file: OpenFile;

  constructor(file: OpenFile) {
    super(file);
    this.#file = file;
  }

  override async init(): Promise<void> {
    await super.init?.();
    ({ size: this.size } = await this.#file.stat());
  }

  override async readUint8Array(offset: number, length: number): Promise<Uint8Array> {
    return this.#file.read(offset, length);
  }
}
