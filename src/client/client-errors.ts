import type { Problem } from './answers.ts';

/** No answer came: refused, reset, timed out, or the name does not resolve. `cause` has the network's own error. */
export class ServiceUnreachableError extends Error {
  override readonly name = 'ServiceUnreachableError';
  readonly url: string;

  constructor(url: string, cause: unknown) {
    super(`No answer from ${url}`, { cause });
    this.url = url;
  }
}

/** Thrown only where a value has no place to stand: in the middle of an iteration. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(`${problem.code}: ${problem.detail}`);
    this.problem = problem;
  }
}
