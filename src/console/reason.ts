import { textIssues } from '../domain/text.ts';
import { field } from './form-body.ts';

/** As the API has it. */
export const REASON_MAX_LENGTH = 500;

export type ReasonRead =
  | { readonly ok: true; readonly reason: string }
  | { readonly ok: false; readonly typed: string; readonly problem: string };

/** The reason that every action needs, from its form. */
export function readReason(body: unknown): ReasonRead {
  const typed = field(body, 'reason').replaceAll('\r\n', '\n').replaceAll('\n', ' ');
  if (typed === '') return { ok: false, typed, problem: 'Say why: whoever looks later will ask.' };
  const [issue] = textIssues(typed, 'reason', REASON_MAX_LENGTH);
  return issue === undefined
    ? { ok: true, reason: typed }
    : { ok: false, typed, problem: `At most ${REASON_MAX_LENGTH} characters of plain text.` };
}
