import type { FastifyReply, FastifyRequest } from 'fastify';
import { sendProblem, type Problem } from './problem.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** For people: takes a login as well as a token, and is answered with pages where programs get problem documents. */
    page?: true;
  }
}

/** How people are told what a problem document tells programs; the console draws it. */
export interface ProblemPages {
  sendProblemPage(request: FastifyRequest, reply: FastifyReply, problem: Problem): FastifyReply;
}

/** Answers with a page where a person is looking: on a page's own route, and where a browser asked for a document. */
export function answerProblem(
  pages: ProblemPages | undefined,
  { request, reply, problem }: { request: FastifyRequest; reply: FastifyReply; problem: Problem },
): FastifyReply {
  const isPage = request.routeOptions.config.page === true || wantsDocument(request);
  if (pages === undefined || !isPage) return sendProblem(reply, problem);
  return pages.sendProblemPage(request, reply, problem);
}

/** Programs ask for JSON or for anything; a browser that goes somewhere asks for HTML first. */
function wantsDocument(request: FastifyRequest): boolean {
  const reads = request.method === 'GET' || request.method === 'HEAD';
  const isApi = /^\/(v1|metrics|healthz|readyz|openapi\.json)\b/.test(request.url);
  return reads && !isApi && (request.headers.accept ?? '').startsWith('text/html');
}
