export interface Fence {
  /** Page and line, for people. */
  readonly at: string;
  readonly language: string;
  /** What stands behind the language, which no reader of the rendered page sees. */
  readonly info: string;
  /** The line above. */
  readonly before: string;
  readonly text: string;
}

/** The fenced blocks of a Markdown page. */
export function fencesOf(page: string, markdown: string): readonly Fence[] {
  const lines = markdown.split('\n');
  const fences: Fence[] = [];
  for (let start = 0; start < lines.length; start += 1) {
    const [, language, info = ''] = /^```(\w+) ?(.*)$/.exec(lines[start] ?? '') ?? [];
    if (language === undefined) continue;
    const end = lines.indexOf('```', start + 1);
    if (end < 0) throw new Error(`${page}:${start + 1} opens a block that nothing closes.`);
    fences.push({
      at: `${page}:${start + 1}`,
      language,
      info,
      before: lines[start - 1] ?? '',
      text: lines.slice(start + 1, end).join('\n'),
    });
    start = end;
  }
  return fences;
}

/** One `curl` of a shell example. */
export interface ShellCall {
  readonly method: string;
  readonly host: string;
  readonly path: string;
  /** Names of the query parameters. */
  readonly query: readonly string[];
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** The `curl` calls of a shell example. Throws for an option that it does not know. */
export function shellCalls(text: string): readonly ShellCall[] {
  return commandsOf(text.replaceAll('\\\n', ' '))
    .filter(([program]) => program === 'curl')
    .map((words) => callOf(words.slice(1)));
}

function callOf(words: readonly string[]): ShellCall {
  let address = '';
  let method: string | undefined;
  let body: string | undefined;
  const headers: Record<string, string> = {};
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    const value = words[index + 1] ?? '';
    if (/^-[siNSI]+$/.test(word)) continue;
    if (!word.startsWith('-')) {
      address = word;
      continue;
    }
    // What is done with the answer is nothing to the call.
    if (word === '-o' || word === '-w') {
      index += 1;
      continue;
    }
    if (word === '-X') method = value;
    else if (word === '-d' || word === '--data-binary') body = value;
    else if (word === '-H') {
      const colon = value.indexOf(':');
      headers[value.slice(0, colon).toLowerCase()] = value.slice(colon + 1).trim();
    } else throw new Error(`This test does not know curl's ${word}.`);
    index += 1;
  }
  const [, host = '', path = '', query = ''] = /^(?:http:\/\/)?([^/]+)([^?]*)\??(.*)$/.exec(address) ?? [];
  return {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    host,
    path,
    query: query === '' ? [] : query.split('&').map((pair) => pair.split('=')[0] ?? ''),
    headers,
    body,
  };
}

/** Commands as lists of words, by the shell's quotes alone: what variables hold does not matter here. */
function commandsOf(text: string): readonly string[][] {
  const commands: string[][] = [[]];
  for (const [, single, double, plain, end] of text.matchAll(
    /'([^']*)'|"((?:[^"\\]|\\.)*)"|([^\s'"|;]+)|([\n|;])/g,
  )) {
    if (end !== undefined) commands.push([]);
    else commands.at(-1)?.push(single ?? double ?? plain ?? '');
  }
  return commands;
}
