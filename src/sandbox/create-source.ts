import { deriveSourceArn } from '../domain/arn.ts';
import type { Region } from '../domain/region.ts';
import type { SourceName } from '../domain/source-name.ts';
import { ok, type Answer } from './answer.ts';
import { awsError } from './aws-error.ts';
import type { Entry } from './entry.ts';
import { appliesFirst, createFaultAnswer } from './fault-answer.ts';
import { nextCreateFault, parseFaultScript, type FaultScript } from './fault-script.ts';
import { asOf, created, seeded } from './source.ts';

export interface CreateRequest {
  readonly region: Region;
  readonly name: SourceName;
  readonly account: string;
  readonly nowMs: number;
}

/** What a create comes to: the entry to write before the answer goes out, and whether the source was made now. */
export interface CreateResult {
  readonly entry: Entry;
  readonly answer: Answer;
  readonly applied: boolean;
}

/** CreatePartnerEventSource on one entry of the books, fault script included; pure. */
export function createSource(before: Entry, request: CreateRequest): CreateResult {
  const script = parseFaultScript(request.name);
  const entry = plantSeed(before, script, request);
  const fault = nextCreateFault(script, entry.used);
  if (fault === undefined) return apply(entry, script, request);
  const struck = fault.used === entry.used ? entry : { ...entry, used: fault.used };
  const answer = createFaultAnswer(fault.fault, script.retryAfterSeconds);
  if (!appliesFirst(fault.fault)) return { entry: struck, answer, applied: false };
  return { ...apply(struck, script, request), answer };
}

function plantSeed(entry: Entry, script: FaultScript, { account, nowMs }: CreateRequest): Entry {
  if (script.seed === null || entry.seeded) return entry;
  return { ...entry, seeded: true, source: seeded(script.seed, account, nowMs) };
}

function apply(
  entry: Entry,
  script: FaultScript,
  { region, name, account, nowMs }: CreateRequest,
): CreateResult {
  const source = created(asOf(entry.source, nowMs), account, nowMs);
  if (source === undefined) {
    const answer = awsError('ResourceAlreadyExistsException', {
      message: `Event source ${name} already exists.`,
    });
    return { entry, answer, applied: false };
  }
  const body = script.withoutArn ? {} : { EventSourceArn: deriveSourceArn(region, name) };
  return { entry: { ...entry, source }, answer: ok(body), applied: true };
}
