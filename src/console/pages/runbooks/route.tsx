import { readFile } from 'node:fs/promises';
import type { FastifyInstance } from 'fastify';
import { Marked } from 'marked';
import { packagePath } from '../../../runtime/package.ts';
import type { PagesDeps } from '../../deps.ts';
import type { Page } from '../../page.ts';
import { VIEWED } from '../../security.ts';
import { NOTHING_HERE } from '../problem.tsx';

/** The pages of docs/runbooks, which come with the package; `/runbooks` is their index. */
export function runbooksRoute(app: FastifyInstance, { respond }: PagesDeps): void {
  app.get('/runbooks', VIEWED, async (request, reply) =>
    respond(request, reply, await runbookPage('README')),
  );
  app.get('/runbooks/:name', VIEWED, async (request, reply) => {
    const { name } = request.params as { name: string };
    return respond(request, reply, await runbookPage(name));
  });
}

async function runbookPage(name: string): Promise<Page> {
  if (!/^([a-z-]{1,64}|README)$/.test(name)) return NOTHING_HERE;
  const text = await readFile(packagePath('docs', 'runbooks', `${name}.md`), 'utf8').catch(() => undefined);
  if (text === undefined) return NOTHING_HERE;
  const html = markdown.parse(text, { async: false });
  return {
    title: /^# (.*)$/m.exec(text)?.[1] ?? name,
    // Our own page, not a text that was handed in.
    body: <article class="runbook stack" dangerouslySetInnerHTML={{ __html: html }} />,
  };
}

const RUNBOOK = /^([a-z-]+)\.md$/;

/** Links to other runbooks lead to their pages here; other pages of the documentation are named only. */
const markdown = new Marked({
  renderer: {
    link({ href, tokens }) {
      const text = this.parser.parseInline(tokens);
      const name = RUNBOOK.exec(href)?.[1];
      if (name !== undefined) return `<a href="/runbooks/${name}">${text}</a>`;
      return href.startsWith('https://') ? `<a href="${href}">${text}</a>` : text;
    },
  },
});
