import { CommanderError } from 'commander';
import { OnboardingCallError, type CallError, type Problem } from '../client/answers.ts';
import { safeJson, safeText } from './safe-text.ts';
import type { Terminal } from './terminal.ts';

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

/** Says on stderr what went wrong, and answers the exit code. Only a bug shows a stack. */
export function reportFailure(error: unknown, terminal: Terminal, asJson: boolean): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.misuse;
  if (error instanceof Misuse) {
    terminal.err(`onboard: ${safeText(error.message)}\n`);
    return EXIT.misuse;
  }
  if (error instanceof OnboardingCallError && error.error.kind === 'problem') {
    const problem = { ...error.error, kind: undefined };
    terminal.err(asJson ? `${safeJson(problem)}\n` : problemText(problem));
    return EXIT.failed;
  }
  terminal.err(`onboard: ${failureText(error)}\n`);
  return EXIT.failed;
}

function failureText(error: unknown): string {
  if (error instanceof CommandFailed) return safeText(error.message);
  if (error instanceof OnboardingCallError) return callText(error.error);
  if (error instanceof Error && error.name === 'TimeoutError') return 'The time was up.';
  return error instanceof Error ? (error.stack ?? error.message) : safeText(String(error));
}

function callText(error: CallError): string {
  if (error.kind !== 'unreachable') return safeText(error.detail);
  const why = error.cause instanceof Error ? rootCause(error.cause) : String(error.cause);
  return (
    `No service answers at ${safeText(error.url)} (${safeText(why)}). ` +
    'Start it with "npm start", or set ONBOARD_URL to the address where it listens.'
  );
}

/** fetch wraps the network's error once or twice, and keeps several of them for a name with several addresses. */
function rootCause(error: Error): string {
  const { cause } = error;
  if (error instanceof AggregateError && error.errors[0] instanceof Error) return error.errors[0].message;
  return cause instanceof Error ? rootCause(cause) : error.message;
}

function problemText(problem: Problem): string {
  const lines = [`${problem.code} (HTTP ${problem.status}): ${problem.detail}`];
  const errors = problem.errors ?? [];
  // The detail repeats the only error there is.
  if (errors.length > 1) lines.push(...errors.map(({ field, message }) => `  ${field}: ${message}`));
  else if (problem.field !== undefined) lines.push(`  field: ${problem.field}`);
  const advice = ADVICE[problem.code];
  if (advice !== undefined) lines.push(advice);
  return lines.map((line) => `${lines[0] === line ? 'onboard: ' : ''}${safeText(line)}\n`).join('');
}

const ADVICE: Readonly<Record<string, string>> = {
  unauthenticated: 'Set ONBOARD_TOKEN to a token of this service.',
  forbidden: 'Use a token with another role: operators import and replay, viewers list.',
};
