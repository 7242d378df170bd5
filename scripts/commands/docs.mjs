import { readFile, writeFile } from 'node:fs/promises';
import { projectPath, projectUrl } from '../project.mjs';

/** The partner and Regions of the policy in docs/configuration.md. */
const SHOWN = { partner: 'acme.example', regions: ['us-east-1', 'eu-west-1'] };

/** Writes what is generated from the code: `.env.example`, docs/cli.md, and the parts between their markers in docs/configuration.md. */
export async function docs() {
  const { configTable, envExample, putBetween } = await import(
    projectUrl('dist/src/runtime/config-docs.js').href
  );
  const { VARIABLES } = await import(projectUrl('dist/src/runtime/config-variables.js').href);
  const { leastPrivilegePolicy } = await import(projectUrl('dist/src/domain/iam-policy.js').href);
  const { commandReference } = await import(projectUrl('dist/src/cli/reference.js').href);
  await writeFile(projectPath('.env.example'), envExample(VARIABLES));
  await writeFile(projectPath('docs/cli.md'), commandReference());
  const configuration = projectPath('docs/configuration.md');
  const policy = `\`\`\`json\n${JSON.stringify(leastPrivilegePolicy(SHOWN), null, 2)}\n\`\`\``;
  const page = putBetween(await readFile(configuration, 'utf8'), 'iam', policy);
  await writeFile(configuration, putBetween(page, 'config', configTable(VARIABLES)));
  return 0;
}
