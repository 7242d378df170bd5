const INTRODUCTION = `# A run from failures to their end

Written by \`npm run transcript\` from a real run against \`npm run demo -- --failures 300\`, at a terminal of 100 columns. [cli.md](cli.md) is the reference, [operations.md](operations.md) the wider view.
`;

const ESCAPES = new RegExp(String.raw`\u001b\[[0-9;]*m`, 'g');

/** docs/terminal.md: each command with what it showed. */
export function page(typed) {
  const sections = typed.map(({ title, line, shown, code }) => {
    const text = shown.replace(ESCAPES, '').trimEnd();
    const end = code === 0 ? '' : `\n\nExit code ${code}.`;
    return `## ${title}\n\n\`\`\`console\n$ ${line}\n${text}\n\`\`\`${end}\n`;
  });
  return [INTRODUCTION, ...sections].join('\n');
}
