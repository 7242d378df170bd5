import { CommanderError } from 'commander';
import { OnboardingCallError, type CallError, type Problem, type ProblemCode } from '../client/answers.ts';
import type { Terminal } from './terminal.ts';
import { safeJson, safeLines, safeText } from './view/text.ts';

export const EXIT = { done: 0, failed: 1, misuse: 2 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** The command line asks for something that cannot be. */
export class Misuse extends Error {
  override readonly name = 'Misuse';
}

/** What was asked could not be done; the message names the fix. */
export class CommandFailed extends Error {
  override readonly name = 'CommandFailed';
}

/** Which service was called, and whose token it was. */
export interface Opened {
  readonly url: string;
  /** `ONBOARD_TOKEN`, or the file that it was read from. */
  readonly tokenFrom: string;
}

export interface Told {
  readonly terminal: Terminal;
  readonly asJson: boolean;
  readonly opened?: Opened | undefined;
}

/** Says on stderr what went wrong, and answers the exit code. Only a bug shows a stack. */
export function reportFailure(error: unknown, { terminal, asJson, opened }: Told): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.misuse;
  if (error instanceof Misuse) {
    terminal.err(`onboard: ${safeText(error.message)}\n`);
    return EXIT.misuse;
  }
  if (error instanceof OnboardingCallError && error.error.kind === 'problem') {
    const problem = { ...error.error, kind: undefined };
    terminal.err(asJson ? `${safeJson(problem)}\n` : problemText(problem, opened));
    return EXIT.failed;
  }
  terminal.err(`onboard: ${failureText(error)}\n`);
  return EXIT.failed;
}

function failureText(error: unknown): string {
  if (error instanceof CommandFailed) return safeLines(error.message);
  if (error instanceof OnboardingCallError) return callText(error.error);
  if (error instanceof Error && error.name === 'TimeoutError') return 'The time limit was reached.';
  return safeLines(error instanceof Error ? (error.stack ?? error.message) : String(error));
}

function callText(error: CallError): string {
  if (error.kind !== 'unreachable') return safeText(error.detail);
  return (
    `No service responds at ${safeText(error.url)} (${callReason(error)}). ` +
    'Start it with "npm start", or set ONBOARD_URL to its address.'
  );
}

/** Why a call has no value, in a few words. */
export function callReason(error: CallError): string {
  if (error.kind !== 'unreachable') return safeText(error.detail);
  return safeText(error.cause instanceof Error ? rootCause(error.cause) : String(error.cause));
}

/** fetch wraps the network's error once or twice, and keeps several of them for a name with several addresses. */
function rootCause(error: Error): string {
  const { cause } = error;
  if (error instanceof AggregateError && error.errors[0] instanceof Error) return error.errors[0].message;
  return cause instanceof Error ? rootCause(cause) : error.message;
}

function problemText(problem: Problem, opened: Opened | undefined): string {
  const lines = [`${problem.code} (HTTP ${problem.status}): ${problem.detail}`];
  const errors = problem.errors ?? [];
  // The detail repeats the only error there is.
  if (errors.length > 1) lines.push(...errors.map(({ field, message }) => `  ${field}: ${message}`));
  else if (problem.field !== undefined) lines.push(`  field: ${problem.field}`);
  const advice = ADVICE[problem.code as ProblemCode]?.(problem, opened);
  if (advice !== undefined) lines.push(advice);
  return lines.map((line) => `${lines[0] === line ? 'onboard: ' : ''}${safeText(line)}\n`).join('');
}

const again = ({ retryAfterSeconds }: Problem): string =>
  retryAfterSeconds === undefined
    ? 'Try again in a moment.'
    : `Try again in ${Math.ceil(retryAfterSeconds)} s.`;

/** What the problem document cannot know: how this was called. The others say all that there is to say. */
const ADVICE: Partial<
  Readonly<Record<ProblemCode, (problem: Problem, opened: Opened | undefined) => string>>
> = {
  unauthenticated: (_, opened) =>
    opened === undefined
      ? 'Set ONBOARD_TOKEN to a token of this service.'
      : `${opened.url} rejects the token from ${opened.tokenFrom}. Set ONBOARD_TOKEN to one of its API_TOKENS.`,
  forbidden: (_, opened) =>
    `${opened === undefined ? 'The token' : `The token from ${opened.tokenFrom}`} does not allow this. Roles: signup submits and reads single onboardings, viewer reads everything, operator also makes changes, admin has all rights. Set ONBOARD_TOKEN to another token.`,
  too_many_requests: again,
  ledger_unavailable: again,
  queue_unavailable: again,
  aws_unavailable: again,
  not_ready: again,
};
