import type { IncomingHttpHeaders } from 'node:http';
import type { Region } from '../domain/region.ts';
import { SOURCE_NAME_MAX_LENGTH, SOURCE_NAME_PATTERN, type PartnerName } from '../domain/source-name.ts';
import { answerName, awsError, type Answer } from './answer.ts';
import type { ControlDeps } from './control.ts';
import { operationOf, runOperation, type OperationResult } from './operations.ts';
import { readSignature } from './signature.ts';

/** Any logger's method fits; a sandbox's names and accounts are invented ones. */
export type SandboxLog = (fields: Readonly<Record<string, unknown>>, message: string) => void;

export interface PartnerApiDeps extends ControlDeps {
  readonly partner: PartnerName | undefined;
  readonly now: () => number;
  readonly log: SandboxLog;
  /** Calls that are still held back by the latency then change nothing any more. */
  readonly stopped: AbortSignal;
}

export interface PartnerRequest {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: IncomingHttpHeaders;
  /** Undefined when the body was not a JSON object. */
  readonly body: Readonly<Record<string, unknown>> | undefined;
}

/** awsJson1.1 over one path: latency, signature, the Region's condition, then the operation. */
export async function answerPartner(deps: PartnerApiDeps, request: PartnerRequest): Promise<Answer> {
  const latencyMs = deps.settings.latencyMs();
  if (latencyMs > 0) await pause(latencyMs);
  if (deps.stopped.aborted) return { kind: 'reset' };
  if (request.method !== 'POST' || request.path !== '/')
    return awsError('UnknownOperationException', NOT_FOUND);
  const signed = readSignature(request.headers, deps.clock.wireNow());
  const result = signed.ok ? run(deps, request, signed.region) : signed;
  record(deps, { request, result, region: signed.ok ? signed.region : 'none' });
  return result.answer;
}

const NOT_FOUND = { status: 404, message: 'The sandbox does not support this operation.' };

function run(deps: PartnerApiDeps, request: PartnerRequest, region: Region): OperationResult {
  const operation = operationOf(request.headers['x-amz-target']);
  if (operation === undefined) return { answer: awsError('UnknownOperationException', NOT_FOUND) };
  if (request.body === undefined) {
    return { answer: awsError('SerializationException', { message: 'The body is not a JSON object.' }) };
  }
  const { books, partner, clock } = deps;
  const obstacle = deps.settings.obstacle(region);
  if (obstacle !== undefined) return { answer: obstacle };
  return runOperation(operation, { region, body: request.body, books, nowMs: clock.bookNow(), partner });
}

function record(
  deps: PartnerApiDeps,
  { request, result, region }: { request: PartnerRequest; result: OperationResult; region: string },
): void {
  const call = {
    at: new Date(deps.now()).toISOString(),
    region,
    operation: operationOf(request.headers['x-amz-target']) ?? 'unknown',
    name: nameIn(request.body),
    answer: answerName(result.answer),
    applied: result.applied ?? false,
  };
  deps.calls.record(call);
  deps.log({ ...call }, 'sandbox.called');
}

/** The source that a request is about; null when it names none, or nothing that could be one. */
function nameIn(body: PartnerRequest['body']): string | null {
  const name = body?.['Name'] ?? body?.['EventSourceName'];
  return typeof name === 'string' && name.length <= SOURCE_NAME_MAX_LENGTH && SOURCE_NAME_PATTERN.test(name)
    ? name
    : null;
}

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    // The open connection keeps the process alive; after close() nothing else should.
    setTimeout(resolve, ms).unref();
  });
