import type { Fault } from '../domain/outcome.ts';
import type { Region } from '../domain/region.ts';
import type { Turn } from '../domain/job.ts';
import type { Clock, Log } from '../ports.ts';
import type { RateGate } from '../ports/rate-gate.ts';
import { CallTimeoutError, withinBound } from './call-bound.ts';
import { classifyError, type Judgement } from './classify-error.ts';
import { readRequestId, unreadable, UnreadableAnswerError } from './read-answer.ts';
import type { RegionClient, RegionClients } from './region-clients.ts';

/**
 * One logical call. `expects`: the refusal that this operation has an answer for; any other is a fault.
 * `read` throws an {@link UnreadableAnswerError} for an answer that is not the operation's.
 */
export interface Call<Output extends SdkOutput, Value, Expected extends Refusal> {
  readonly region: Region;
  readonly turn: Turn | undefined;
  readonly expects: Expected;
  readonly send: Send<Output>;
  readonly read: (output: Output) => Value;
}

/** Sends the operation's command; `cut` ends it. */
export type Send<Output> = (client: RegionClient, cut: AbortSignal) => Promise<Output>;

export type Refusal = 'alreadyExists' | 'notFound';

export type CallResult<Value, Expected extends Refusal> = {
  readonly requestId?: string;
  readonly durationMs: number;
} & (
  | { readonly kind: 'answered'; readonly value: Value }
  | { readonly kind: Expected; readonly code: string; readonly message: string }
  | { readonly kind: 'fault'; readonly fault: Fault }
);

export type Caller = <Output extends SdkOutput, Value, Expected extends Refusal>(
  call: Call<Output, Value, Expected>,
  signal: AbortSignal,
) => Promise<CallResult<Value, Expected>>;

interface SdkOutput {
  readonly $metadata: { readonly requestId?: string | undefined };
}

export interface CallerDeps {
  readonly clients: RegionClients;
  readonly rateGate: Pick<RateGate, 'take' | 'told'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
  readonly timeoutMs: number;
}

/** Makes logical calls: each takes a slot of the Region's quota, is bounded and, when it fails, judged. */
export function createCaller(deps: CallerDeps): Caller {
  const { clients, rateGate, log, timeoutMs } = deps;
  const logUnknown = createUnknownErrorLog(log);
  return async (call, signal) => {
    const client = await clients.of(call.region);
    // Waiting for a slot is queueing, not AWS being slow: it is outside the bound.
    await rateGate.take(call.region, signal, call.turn);
    const first = await attempt(client, call, { ...deps, signal });
    if (!first.clockCorrected) return conclude(first, call, logUnknown);
    log.warn({ region: call.region, offset_ms: client.sdk.config.systemClockOffset }, 'aws.clock_corrected');
    await rateGate.take(call.region, signal, call.turn);
    const left = Math.max(1, timeoutMs - first.durationMs);
    const second = await attempt(client, call, { ...deps, signal, timeoutMs: left });
    return conclude({ ...second, durationMs: first.durationMs + second.durationMs }, call, logUnknown);
  };
}

interface Attempted<T> {
  readonly durationMs: number;
  /** The signature was refused, and the SDK has learnt the right time from that answer. */
  readonly clockCorrected: boolean;
  readonly result: { readonly kind: 'answered'; readonly output: T } | Exclude<Judgement, { kind: 'bug' }>;
}

/** One HTTP request, of which the gate is told. Throws the caller's reason when that aborts, and bugs as they came. */
async function attempt<T>(
  client: RegionClient,
  call: { readonly region: Region; readonly send: Send<T> },
  deps: Pick<CallerDeps, 'timeoutMs' | 'clock' | 'rateGate'> & { readonly signal: AbortSignal },
): Promise<Attempted<T>> {
  const attempted = await request(client, call, deps);
  const { result, durationMs } = attempted;
  const throttled = result.kind === 'fault' && result.fault.kind === 'throttled';
  deps.rateGate.told(call.region, { throttled, tookMs: durationMs });
  return attempted;
}

async function request<T>(
  client: RegionClient,
  call: { readonly send: Send<T> },
  { timeoutMs, signal, clock }: { timeoutMs: number; signal: AbortSignal; clock: Pick<Clock, 'now'> },
): Promise<Attempted<T>> {
  const offsetBefore = client.sdk.config.systemClockOffset;
  const startedAt = performance.now();
  const elapsed = (): number => Math.round(performance.now() - startedAt);
  try {
    const send = (cut: AbortSignal): Promise<T> => client.renewed().then(() => call.send(client, cut));
    const output = await withinBound(send, { timeoutMs, signal });
    return { durationMs: elapsed(), clockCorrected: false, result: { kind: 'answered', output } };
  } catch (error) {
    signal.throwIfAborted();
    const result =
      error instanceof CallTimeoutError ? timeoutFault(error) : classifyError(error, clock.now());
    if (result.kind === 'bug') throw error;
    if (result.kind === 'fault' && areCredentialsRefused(result.fault)) client.refused();
    const movedMs = Math.abs(client.sdk.config.systemClockOffset - offsetBefore);
    const clockCorrected =
      result.kind === 'fault' && result.fault.kind === 'operatorFault' && movedMs >= SKEW_MS;
    return { durationMs: elapsed(), clockCorrected, result };
  }
}

/** Who was refused for what the call is about has good credentials. */
const areCredentialsRefused = ({ kind, code }: Fault): boolean =>
  kind === 'operatorFault' && !/^(AccessDenied|NotAuthorized|Unauthorized)/.test(code);

/**
 * AWS refuses a signature that is 5 minutes off; the SDK corrects from 4 on. The SDK's own mark on an error does not
 * tell: a skewed host gets it on every later error, because the measured offset is never twice the same, and of
 * several calls that are refused within one millisecond only the first gets it.
 */
const SKEW_MS = 240_000;

function timeoutFault(error: CallTimeoutError): Judgement {
  return {
    kind: 'fault',
    known: true,
    fault: { kind: 'transient', code: 'Timeout', message: `${error.message} It may have applied the call.` },
  };
}

function conclude<Output extends SdkOutput, Value, Expected extends Refusal>(
  { result, durationMs }: Attempted<Output>,
  call: Call<Output, Value, Expected>,
  logUnknown: UnknownErrorLog,
): CallResult<Value, Expected> {
  switch (result.kind) {
    case 'answered':
      return { ...readAnswer(result.output, call.read), durationMs };
    case 'fault':
      if (!result.known) logUnknown(call.region, result.fault);
      return { ...faultReply(result.fault), durationMs };
    case 'alreadyExists':
    case 'notFound': {
      if (result.kind === call.expects) return { ...result, kind: call.expects, durationMs };
      // Not modelled for this operation, so nothing is known of what it means here.
      const fault: Fault = { ...result, kind: 'transient' };
      logUnknown(call.region, fault);
      return { ...faultReply(fault), durationMs };
    }
  }
}

function readAnswer<Output extends SdkOutput, Value>(
  output: Output,
  read: (output: Output) => Value,
): { requestId?: string } & ({ kind: 'answered'; value: Value } | { kind: 'fault'; fault: Fault }) {
  const ids = readRequestId(output.$metadata.requestId);
  try {
    return { kind: 'answered', value: read(output), ...ids };
  } catch (error) {
    if (error instanceof UnreadableAnswerError) return faultReply({ ...unreadable(error), ...ids });
    throw error;
  }
}

function faultReply(fault: Fault): { kind: 'fault'; fault: Fault; requestId?: string } {
  const { requestId } = fault;
  return { kind: 'fault', fault, ...(requestId === undefined ? {} : { requestId }) };
}

/** Names come from the network: past this many the log stays quiet, so that memory does too. */
const NAMES_MAX = 100;

export type UnknownErrorLog = (region: Region, fault: Fault) => void;

/**
 * Warns of an error that no table lists, once for each name: the table wants a new line, or AWS has changed. AWS's own
 * sentence may name any account; it stays with the attempt, in the ledger.
 */
function createUnknownErrorLog(log: Log): UnknownErrorLog {
  const told = new Set<string>();
  return (region, fault) => {
    if (told.has(fault.code) || told.size >= NAMES_MAX) return;
    told.add(fault.code);
    log.warn(
      {
        region,
        error_name: fault.code,
        aws_request_id: fault.requestId,
      },
      'aws.unknown_error',
    );
  };
}
