import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { PROJECT } from './cruise-house.ts';

/** These run when they are started; all other files only say what there is. */
const MAINS = [
  'workers/main.ts',
  'workers/doctor.ts',
  'src/cli/main.ts',
  'src/cli/demo.ts',
  'src/ledger/embedded/thread-program.ts',
];
const LINES_MAX = 250;
const REASON = /^(\/\/| \*|\/\*).*\bOver 250 lines because \S+/m;
/** Names for "the rest": what belongs together is named after what it does. */
const NAMES_FOR_THE_REST = [
  'utils',
  'util',
  'models',
  'services',
  'common',
  'helpers',
  'shared',
  'misc',
  'lib',
];

const filesUnder = (folder: string): string[] =>
  readdirSync(join(PROJECT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => `${folder}/${file}`);
const read = (file: string): string => readFileSync(join(PROJECT, file), 'utf8');
const parse = (file: string, text = read(file)) =>
  ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);

const shipped = ['src', 'workers'].flatMap(filesUnder);
const all = [...shipped, ...filesUnder('test')];

const trees = new Map<string, ts.SourceFile>();
function parsed(file: string): ts.SourceFile {
  const tree = trees.get(file) ?? parse(file);
  trees.set(file, tree);
  return tree;
}

/** A file is short, or says in a comment why it is not. */
const isShortOrExplained = (text: string): boolean =>
  text.trimEnd().split('\n').length <= LINES_MAX || REASON.test(text);

/** What a file does beyond declaring: statements at its top level that run when it is imported. */
function statementsThatRun(file: ts.SourceFile): string[] {
  return file.statements
    .filter(
      (statement) =>
        !ts.isImportDeclaration(statement) &&
        !ts.isExportDeclaration(statement) &&
        !ts.isFunctionDeclaration(statement) &&
        !ts.isClassDeclaration(statement) &&
        !ts.isInterfaceDeclaration(statement) &&
        !ts.isTypeAliasDeclaration(statement) &&
        !ts.isModuleDeclaration(statement) &&
        !(ts.isVariableStatement(statement) && !holdsAwait(statement)),
    )
    .map((statement) => statement.getText(file).slice(0, 60));
}

function holdsAwait(node: ts.Node): boolean {
  if (ts.isAwaitExpression(node)) return true;
  return (
    !ts.isFunctionLike(node) && (ts.forEachChild(node, (child) => holdsAwait(child) || undefined) ?? false)
  );
}

/** The relative modules that a file names without the ending `.ts`, in imports, exports, `import()` and import types. */
function importsWithoutEnding(file: ts.SourceFile): string[] {
  const found: string[] = [];
  const look = (node: ts.Node): void => {
    const name =
      ts.isImportDeclaration(node) || ts.isExportDeclaration(node)
        ? node.moduleSpecifier
        : ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword
          ? node.arguments[0]
          : ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)
            ? node.argument.literal
            : undefined;
    if (name !== undefined && ts.isStringLiteralLike(name) && /^\.{1,2}\//.test(name.text)) {
      if (!/\.(tsx?|mjs|json)$/.test(name.text)) found.push(name.text);
    }
    ts.forEachChild(node, look);
  };
  look(file);
  return found;
}

function exportsByDefaultOrStar(file: ts.SourceFile): string[] {
  return file.statements
    .filter(
      (statement) =>
        ts.isExportAssignment(statement) ||
        (ts.isExportDeclaration(statement) && statement.exportClause === undefined) ||
        (ts.canHaveModifiers(statement) &&
          ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword) === true),
    )
    .map((statement) => statement.getText(file).slice(0, 60));
}

/** Classes that extend one of BullMQ's, whose protected methods change without notice. */
function extendsBullmq(file: ts.SourceFile): string[] {
  const imported = file.statements
    .filter((one) => ts.isImportDeclaration(one))
    .filter(({ moduleSpecifier }) => ts.isStringLiteral(moduleSpecifier) && moduleSpecifier.text === 'bullmq')
    .flatMap((one) => one.importClause?.namedBindings ?? [])
    .flatMap((bindings) =>
      ts.isNamedImports(bindings) ? bindings.elements.map(({ name }) => name.text) : [bindings.name.text],
    );
  const found: string[] = [];
  const look = (node: ts.Node): void => {
    if (ts.isHeritageClause(node) && node.token === ts.SyntaxKind.ExtendsKeyword)
      for (const { expression } of node.types)
        if (imported.includes(expression.getText(file).split('.')[0] ?? '')) found.push(node.getText(file));
    ts.forEachChild(node, look);
  };
  look(file);
  return found;
}

/** The findings of a check over files, each with its file. */
const over = (files: readonly string[], check: (file: ts.SourceFile) => string[]): string[] =>
  files.flatMap((file) => check(parsed(file)).map((found) => `${file}: ${found}`));

describe('every file in src and workers', () => {
  test(`has at most ${LINES_MAX} lines or says why not`, () => {
    expect(shipped.filter((file) => !isShortOrExplained(read(file)))).toEqual([]);
    expect(isShortOrExplained('\n'.repeat(250) + 'x')).toBe(false);
    expect(isShortOrExplained('// Over 250 lines because \n' + 'x\n'.repeat(250))).toBe(false);
    expect(
      isShortOrExplained('// Over 250 lines because one table is one table.\n' + 'x\n'.repeat(250)),
    ).toBe(true);
  });

  test('is named in kebab case and lies in a folder named after what it does', () => {
    expect(shipped.filter((file) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.d)?\.tsx?$/.test(basename(file)))).toEqual(
      [],
    );
    const names = shipped.filter((file) =>
      file.split(/[/.]/).some((name) => NAMES_FOR_THE_REST.includes(name)),
    );
    expect(names).toEqual([]);
  });

  test('only declares: importing it does nothing', () => {
    const files = shipped.filter((file) => !MAINS.includes(file));
    expect(over(files, statementsThatRun)).toEqual([]);
    for (const text of [
      'start();',
      'await x;',
      'if (x) y();',
      'export const a = await b();',
      'process.exitCode = 1;',
    ]) {
      expect(statementsThatRun(parse('planted.ts', text)), text).toHaveLength(1);
    }
    expect(statementsThatRun(parse('planted.ts', 'export const f = async () => { await x(); };'))).toEqual(
      [],
    );
  });

  test('has names for all that it exports, and passes nothing on wholesale', () => {
    expect(over(shipped, exportsByDefaultOrStar)).toEqual([]);
    for (const text of ['export default 1;', 'export default function f() {}', "export * from './a.ts';"]) {
      expect(exportsByDefaultOrStar(parse('planted.ts', text)), text).toHaveLength(1);
    }
  });
});

test('no class extends one of BullMQ’s: its public API is enough', () => {
  expect(over(shipped, extendsBullmq)).toEqual([]);
  for (const text of [
    "import { Worker } from 'bullmq'; class Mine extends Worker {}",
    "import { Queue as Base } from 'bullmq'; const Mine = class extends Base<string> {};",
    "import * as bullmq from 'bullmq'; class Mine extends bullmq.Worker {}",
  ]) {
    expect(extendsBullmq(parse('planted.ts', text)), text).toHaveLength(1);
  }
});

test('every relative import, those of the tests included, ends in .ts', () => {
  expect(over(all, importsWithoutEnding)).toEqual([]);
  for (const text of [
    "import './a';",
    "import { a } from '../a.js';",
    "export { a } from './a';",
    "const a = () => import('./a');",
    "type A = import('./a').A;",
  ]) {
    expect(importsWithoutEnding(parse('planted.ts', text)), text).toHaveLength(1);
  }
});

test('importing the whole domain opens nothing and leaves no trace', async () => {
  const before = { globals: Object.getOwnPropertyNames(globalThis), open: process.getActiveResourcesInfo() };
  for (const file of filesUnder('src/domain')) await import(join(PROJECT, file));
  expect(Object.getOwnPropertyNames(globalThis)).toEqual(before.globals);
  const timersAndSockets = (open: string[]) =>
    open.filter((kind) => /Timeout|TCP|Pipe|Process/.test(kind)).length;
  expect(timersAndSockets(process.getActiveResourcesInfo())).toBeLessThanOrEqual(
    timersAndSockets(before.open),
  );
});
