import { expect, it, onTestFinished } from 'vitest';
import { openReceiver } from './receiver.ts';

it('fails some calls, and no event so often that its next try would outlast a run', async () => {
  const receiver = await openReceiver();
  onTestFinished(() => receiver.close());
  const failures = new Map<string, number>();
  for (let call = 0; call < 400; call += 1) {
    const id = `evt_${call % 4}`;
    const isWell = await fetch(receiver.url, {
      method: 'POST',
      body: '{}',
      headers: { 'webhook-id': id },
    }).then(
      ({ status }) => status === 204,
      () => false,
    );
    if (!isWell) failures.set(id, (failures.get(id) ?? 0) + 1);
  }
  expect([...failures.values()]).toEqual([3, 3, 3, 3]);
});
