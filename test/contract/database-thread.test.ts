import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { startDatabaseThread } from '../../src/ledger/embedded/database-thread.ts';
import { dataDirWithLedger } from '../support/data-dir.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

test('nothing is kept of an answer once its caller has it', async () => {
  const thread = await startDatabaseThread(join(await dataDirWithLedger(), 'ledger'));
  const ask = async () => new WeakRef((await thread.query('select 1 as one', [], 60_000)).rows);
  const answers = [await ask(), await ask()];
  // Another one takes the place of what still refers to the last.
  await thread.query('select 2', [], 60_000);
  await turn();
  collectGarbage();
  expect(answers.map((answer) => answer.deref())).toEqual([undefined, undefined]);
  await thread.close();
});
