import { CreatePartnerEventSourceCommand, type EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { appendFile, copyFile, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { startSandbox } from '../../src/sandbox/server.ts';
import { control, sandboxForTest, sdkClient } from '../support/sandbox.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const source = (lastSegment: string): string => `aws.partner/acme.example/tenant-1/${lastSegment}`;

const create = (client: EventBridgeClient, lastSegment: string): Promise<string> =>
  client
    .send(new CreatePartnerEventSourceCommand({ Name: source(lastSegment), Account: '123456789012' }))
    .then(
      () => 'ok',
      (error: unknown) => (error as Error).name,
    );

const names = (sandbox: { books: { sources(): readonly { name: string }[] } }): string[] =>
  sandbox.books.sources().map(({ name }) => name);

describe("the sandbox's books", () => {
  it('hold sources and fault counters across a restart', async () => {
    const dataDir = await temporaryFolder();
    const first = await sandboxForTest({ dataDir });
    const client = sdkClient(first);
    expect([await create(client, 'a'), await create(client, 'cme-2'), await create(client, 'other')]).toEqual(
      ['ok', 'ConcurrentModificationException', 'ResourceAlreadyExistsException'],
    );
    await control(first, 'accept', { region: 'us-east-1', name: source('a') });
    await first.close();

    const second = await sandboxForTest({ dataDir });
    const again = sdkClient(second);
    expect(second.books.sources()).toMatchObject([
      { name: source('a'), state: 'ACTIVE' },
      { name: source('other'), account: '999999999999' },
    ]);
    expect([await create(again, 'a'), await create(again, 'cme-2'), await create(again, 'cme-2')]).toEqual([
      'ResourceAlreadyExistsException',
      'ConcurrentModificationException',
      'ok',
    ]);
  });

  it('are on disk before the answer goes out, so that a killed sandbox loses no answered create', async () => {
    const [dataDir, asKilled] = [await temporaryFolder(), await temporaryFolder()];
    const client = sdkClient(await sandboxForTest({ dataDir }));
    await create(client, 'a');
    await create(client, 'applied-1');
    // What a process that is killed at this moment leaves behind.
    await copyFile(join(dataDir, 'books.ndjson'), join(asKilled, 'books.ndjson'));
    expect(names(await sandboxForTest({ dataDir: asKilled }))).toEqual([source('a'), source('applied-1')]);
  });

  it.each(['{"region":"us-east-1","name":"aws.par', '{', '{"region":"\u00e4'])(
    'drop a torn last line and go on cleanly: %s',
    async (torn) => {
      const dataDir = await temporaryFolder();
      const first = await sandboxForTest({ dataDir });
      await create(sdkClient(first), 'a');
      await first.close();
      await appendFile(join(dataDir, 'books.ndjson'), torn);

      const second = await sandboxForTest({ dataDir });
      expect(await create(sdkClient(second), 'b')).toBe('ok');
      await second.close();
      expect(names(await sandboxForTest({ dataDir }))).toEqual([source('a'), source('b')]);
    },
  );

  it.each([
    'nonsense',
    '{"region":"us-east-1"}',
    '{"region":"r","name":"n","seeded":false,"used":[],"source":{}}',
  ])('refuse to open when a whole line is damaged: %s', async (line) => {
    const dataDir = await temporaryFolder();
    await writeFile(join(dataDir, 'books.ndjson'), `${line}\n`);
    await expect(startSandbox({ dataDir })).rejects.toThrow(/books\.ndjson, line 1/);
  });

  it('are rewritten at start once they are mostly history', async () => {
    const dataDir = await temporaryFolder();
    const path = join(dataDir, 'books.ndjson');
    const first = await sandboxForTest({ dataDir });
    await create(sdkClient(first), 'a');
    await first.close();
    const line = await readFile(path);
    await writeFile(path, Buffer.concat(Array.from({ length: 1500 }, () => line)));

    const second = await sandboxForTest({ dataDir });
    expect((await stat(path)).size).toBe(line.length);
    await create(sdkClient(second), 'b');
    await second.close();
    expect(names(await sandboxForTest({ dataDir }))).toEqual([source('a'), source('b')]);
  });

  it('stay empty after a reset', async () => {
    const dataDir = await temporaryFolder();
    const first = await sandboxForTest({ dataDir });
    await create(sdkClient(first), 'a');
    await control(first, 'reset');
    await create(sdkClient(first), 'b');
    await first.close();
    expect(names(await sandboxForTest({ dataDir }))).toEqual([source('b')]);
  });

  it('take no line for what refuses for ever, so that a hammering client does not fill the disk', async () => {
    const dataDir = await temporaryFolder();
    const client = sdkClient(await sandboxForTest({ dataDir }));
    for (let count = 0; count < 5; count += 1) await create(client, 'limit');
    expect((await stat(join(dataDir, 'books.ndjson'))).size).toBe(0);
  });

  it('are closed once, however often the sandbox is told to close', async () => {
    const sandbox = await sandboxForTest({ dataDir: await temporaryFolder() });
    await Promise.all([sandbox.close(), sandbox.close()]);
    await sandbox.close();
  });

  it('leave the sandbox as it was when the port is taken or the folder cannot be made', async () => {
    const dataDir = await temporaryFolder();
    const { port } = await sandboxForTest();
    await expect(startSandbox({ dataDir, port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await mkdir(join(dataDir, 'blocked', 'books.ndjson'), { recursive: true });
    await expect(startSandbox({ dataDir: join(dataDir, 'blocked') })).rejects.toMatchObject({
      code: 'EISDIR',
    });
  });
});
