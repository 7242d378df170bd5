import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { expect, onTestFinished, test } from 'vitest';
import { socketPathOf } from '../../src/queue/embedded/folder.ts';
import {
  RedisServerMissingError,
  startEmbeddedRedis,
  type EmbeddedRedis,
} from '../../src/queue/embedded/embedded-redis.ts';
import { askRedis } from '../../src/queue/embedded/plain-command.ts';
import { startTethered } from '../../src/queue/embedded/tethered-process.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { startChildProgram, type ChildProgram } from '../support/child-program.ts';
import { eventually } from '../support/eventually.ts';
import { recordingLog } from '../support/recording-log.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

async function start(dir: string, log = recordingLog()): Promise<EmbeddedRedis> {
  const redis = await startEmbeddedRedis({ dir, log, clock: systemClock });
  onTestFinished(() => redis.stop());
  return redis;
}

async function startElsewhere(dir: string): Promise<{ program: ChildProgram; socketPath: string }> {
  const program = startChildProgram('embed-redis.ts', [dir]);
  onTestFinished(() => program.kill9());
  return { program, socketPath: await program.nextLine() };
}

function connect(socketPath: string): Redis {
  const client = new Redis({ path: socketPath, retryStrategy: () => 20 });
  client.on('error', () => undefined);
  onTestFinished(() => client.disconnect());
  return client;
}

async function serverPid(client: Redis): Promise<number> {
  return Number(/process_id:(\d+)/.exec(await client.info('server'))?.[1]);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const goneWithin = (socketPath: string): Promise<unknown> =>
  eventually(async () => {
    return (await askRedis(socketPath, 'PING', 1_000)).kind === 'absent';
  });

test('it writes every command to its file, evicts nothing and listens on no TCP port', async () => {
  const dir = join(await temporaryFolder(), 'redis');
  const client = connect((await start(dir)).socketPath);
  const settings = ['appendonly', 'appendfsync', 'maxmemory-policy', 'port', 'save', 'dir'];
  const values = await Promise.all(
    settings.map(async (name) => Object.values(await client.config('GET', name))),
  );
  expect(values.flat(2).filter((value) => !settings.includes(value))).toEqual([
    'yes',
    'everysec',
    'noeviction',
    '0',
    '',
    dir,
  ]);
});

test('what it held is there again after a stop and a start', async () => {
  const dir = await temporaryFolder();
  const first = await start(dir);
  await connect(first.socketPath).set('kept', 'yes');
  await first.stop();
  expect((await askRedis(first.socketPath, 'PING', 1_000)).kind).toBe('absent');
  expect(await connect((await start(dir)).socketPath).get('kept')).toBe('yes');
});

test('it starts empty when its folder was deleted meanwhile', async () => {
  const dir = await temporaryFolder();
  const first = await start(dir);
  await connect(first.socketPath).set('kept', 'yes');
  await first.stop();
  await rm(dir, { recursive: true });
  expect(await connect((await start(dir)).socketPath).get('kept')).toBeNull();
});

test('killed, it comes back on the same socket with what it held, and the log says so', async () => {
  const log = recordingLog();
  const redis = await start(await temporaryFolder(), log);
  const client = connect(redis.socketPath);
  await client.set('kept', 'yes');
  const pid = await serverPid(client);
  process.kill(pid, 'SIGKILL');
  await eventually(async () => {
    const reply = await askRedis(redis.socketPath, 'PING', 1_000);
    return reply.kind === 'reply' && reply.line === '+PONG' && !isAlive(pid);
  });
  expect(await client.get('kept')).toBe('yes');
  expect(log.lines).toMatchObject([{ level: 'warn', fields: { exit_code: 137, restart_in_ms: 100 } }]);
});

test('kill -9 of the service ends it', async () => {
  const { program, socketPath } = await startElsewhere(await temporaryFolder());
  const pid = await serverPid(connect(socketPath));
  await program.kill9();
  await eventually(() => !isAlive(pid));
});

test('signals to the whole group of the service, however often, do not reach it', async () => {
  const { program, socketPath } = await startElsewhere(await temporaryFolder());
  const client = connect(socketPath);
  const pid = await serverPid(client);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGTERM'] as const) {
    process.kill(-program.child.pid!, signal);
    expect(await program.nextLine()).toBe(signal);
  }
  expect(await client.ping()).toBe('PONG');
  expect(await serverPid(client)).toBe(pid);
  program.child.stdin?.end();
  await eventually(() => !isAlive(pid));
});

test('a start ends a server that was left over, after what it held was written', async () => {
  const dir = await temporaryFolder();
  const socketPath = join(dir, 'redis.sock');
  const settings = ['--dir', dir, '--port', '0', '--unixsocket', socketPath, '--appendonly', 'yes'];
  const leftOver = startTethered({
    program: 'redis-server',
    args: settings,
    endSignal: 'TERM',
    output: 'ignore',
  });
  onTestFinished(() => leftOver.kill());
  await eventually(async () => {
    return (await askRedis(socketPath, 'PING', 1_000)).kind === 'reply';
  });
  const before = connect(socketPath);
  await before.set('kept', 'yes');
  const pid = await serverPid(before);
  before.disconnect();
  const log = recordingLog();
  const client = connect((await start(dir, log)).socketPath);
  expect(await client.get('kept')).toBe('yes');
  expect(isAlive(pid)).toBe(false);
  expect(log.lines).toMatchObject([{ level: 'warn', fields: { dir } }]);
});

test('a file that it cannot read is set aside and it starts empty', async () => {
  const dir = await temporaryFolder();
  const first = await start(dir);
  await connect(first.socketPath).set('kept', 'yes');
  await first.stop();
  const folder = join(dir, 'appendonlydir');
  const name = (await readdir(folder)).find((file) => file.endsWith('.incr.aof'))!;
  await writeFile(join(folder, name), `${'\0'.repeat(64)}${await readFile(join(folder, name), 'utf8')}`);
  const log = recordingLog();
  expect(await connect((await start(dir, log)).socketPath).dbsize()).toBe(0);
  expect(log.lines).toMatchObject([{ level: 'error', fields: { aside: join(dir, 'unreadable') } }]);
  expect(await readdir(join(dir, 'unreadable', 'appendonlydir'))).toContain(name);
});

test('a folder with a long path gets its socket in the temporary folder, for the owner alone', async () => {
  const dir = join(await temporaryFolder(), 'a-long-name'.repeat(10));
  const redis = await start(dir);
  expect(redis.socketPath).toBe(socketPathOf(dir));
  expect(redis.socketPath.startsWith(dir)).toBe(false);
  expect(await connect(redis.socketPath).ping()).toBe('PONG');
});

test('a socket folder that somebody else could have made is refused', async () => {
  const dir = join(await temporaryFolder(), 'another-long-name'.repeat(8));
  const socketFolder = join(socketPathOf(dir), '..');
  const elsewhere = await temporaryFolder();
  await mkdir(dir, { recursive: true });
  await symlink(elsewhere, socketFolder);
  onTestFinished(() => rm(socketFolder, { force: true }));
  await expect(start(dir)).rejects.toThrow(/that only this user can access/);
});

test('without the program the error names the commands that install it', async () => {
  const options = { dir: await temporaryFolder(), log: recordingLog(), clock: systemClock };
  const started = startEmbeddedRedis({ ...options, program: 'redis-server-of-nowhere' });
  await expect(started).rejects.toThrow(RedisServerMissingError);
  await expect(started).rejects.toThrow(/apt-get install redis-server/);
});

test('a server that refuses its settings is reported with its own words', async () => {
  const options = { dir: await temporaryFolder(), log: recordingLog(), clock: systemClock };
  const started = startEmbeddedRedis({ ...options, program: '/bin/false' });
  await expect(started).rejects.toThrow(/did not start \(exit code 1\)/);
});

test('stopping at once, and twice, leaves nothing behind', async () => {
  const redis = await start(await temporaryFolder());
  await Promise.all([redis.stop(), redis.stop()]);
  await goneWithin(redis.socketPath);
});
