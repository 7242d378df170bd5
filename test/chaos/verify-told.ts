/** Webhooks: every end is told at least once, and nobody is told two stories. */
import { groupedBy, type Row } from './books.ts';
import type { Heard, Receiver } from './receiver.ts';

/** What is wrong with what the receiver was told, given what the ledger holds at the end. */
export function checkTold(rows: readonly Row[], { heard, wrong }: Receiver): string[] {
  const told = groupedBy(heard, ({ onboardingId }) => onboardingId);
  const known = new Set(rows.map(({ id }) => id));
  const strangers = [...told.keys()].filter((id) => !known.has(id));
  return [
    ...wrong,
    ...strangers.map((id) => `${id} was told of, and no row has that id`),
    ...rows.flatMap((row) => checkRow(row, told.get(row.id) ?? [])),
  ];
}

function checkRow(row: Row, events: readonly Heard[]): string[] {
  const complaints: string[] = [];
  const numbers = groupedBy(events, ({ number }) => String(number));
  for (const [number, same] of numbers) {
    const stories = new Set(same.map(({ webhookId, type, status }) => `${webhookId} ${type} ${status}`));
    if (stories.size > 1) complaints.push(`${row.id} was told ${stories.size} stories as its end ${number}`);
  }
  if (numbers.size !== row.ends)
    complaints.push(`${row.id} has ended ${row.ends} times and was told of ${numbers.size} ends`);
  const last = events.find(({ number }) => number === row.ends);
  if (last !== undefined && (last.type !== `onboarding.${row.status}` || last.status !== row.status))
    complaints.push(`${row.id} is ${row.status}, and its last end was told as ${last.type}`);
  return complaints;
}
