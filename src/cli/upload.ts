import { SingleBar } from 'cli-progress';
import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { Misuse } from './failures.ts';
import type { Terminal } from './terminal.ts';

export interface Upload {
  /** Read as it is sent, never held in memory. */
  readonly body: ReadableStream<Uint8Array>;
  /** Ends the progress bar and closes the file; may be called more than once. */
  close(): void;
}

/** Opens a file, or stdin for "-", with a progress bar where stderr is a terminal. */
export async function openUpload(file: string, terminal: Terminal): Promise<Upload> {
  if (file === '-') return progressing(terminal.stdin, undefined, terminal);
  try {
    const handle = await open(file);
    const stat = await handle.stat();
    if (stat.isDirectory()) {
      await handle.close();
      throw new Misuse(`${file} is a folder: give a CSV file.`);
    }
    return progressing(handle.createReadStream(), stat.size, terminal);
  } catch (error) {
    if (error instanceof Misuse) throw error;
    throw new Misuse(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function progressing(source: Readable, bytes: number | undefined, { screen }: Terminal): Upload {
  const bar = screen === undefined || bytes === undefined ? undefined : uploadBar(screen, bytes);
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      bar?.increment(chunk.byteLength);
      yield chunk;
    }
  }
  return {
    body: Readable.toWeb(Readable.from(counted(), { objectMode: false })) as ReadableStream<Uint8Array>,
    close: () => {
      bar?.stop();
      source.destroy();
    },
  };
}

function uploadBar(stream: NodeJS.WriteStream, bytes: number): SingleBar {
  const bar = new SingleBar({
    stream,
    format: 'uploading {bar} {percentage} % of {total} bytes',
    hideCursor: true,
    clearOnComplete: true,
  });
  bar.start(bytes, 0);
  return bar;
}
