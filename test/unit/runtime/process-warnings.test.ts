import { expect, test } from 'vitest';
import { logProcessWarnings } from '../../../src/runtime/process-warnings.ts';
import { eventually } from '../../support/eventually.ts';
import { recordingLog } from '../../support/recording-log.ts';

test('a warning of a package becomes a log line, and is printed no more', async () => {
  const log = recordingLog();
  const printers = process.listeners('warning');
  const end = logProcessWarnings(log);
  expect(process.listeners('warning')).toHaveLength(1);
  process.emitWarning('this will change', 'DeprecationWarning');
  await eventually(() => log.lines.length > 0);
  expect(log.lines).toMatchObject([
    {
      level: 'warn',
      message: 'process.warning',
      fields: { warning: 'DeprecationWarning', detail: 'this will change' },
    },
  ]);
  end();
  expect(process.listeners('warning')).toEqual(printers);
});
