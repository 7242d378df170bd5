import tseslint from 'typescript-eslint';

// Every rule that is switched off says why beside it.
export default tseslint.config(
  { ignores: ['dist', 'node_modules', '.data', 'coverage'] },
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true, requireDefaultForNonUnion: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-import-type-side-effects': 'error',
      // Numbers and booleans read well in messages; objects and undefined stay forbidden.
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      // `while (true)` with a return inside is the plain way to write a loop that waits.
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: 'always' }],
      // Arrow shorthand for effects: `signal.addEventListener('abort', () => stop())`.
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // noPropertyAccessFromIndexSignature asks for the brackets that this rule would forbid.
      '@typescript-eslint/dot-notation': 'off',
      'max-lines': ['error', { max: 250 }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      'max-params': ['error', 3],
      'no-restricted-syntax': [
        'error',
        { selector: 'ExportDefaultDeclaration', message: 'Name what you export.' },
        { selector: 'ExportAllDeclaration', message: 'No barrels: import from the file that defines it.' },
      ],
    },
  },
  {
    files: ['src/**/*.{ts,tsx}', 'workers/**/*.ts'],
    ignores: ['workers/main.ts', 'workers/doctor.ts', 'src/cli/main.ts'],
    rules: {
      // The environment is read in the two mains, as the argument of loadConfig; exits belong there too.
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Only the mains read the environment.' },
        { object: 'process', property: 'exit', message: 'Only the mains exit.' },
      ],
      'no-console': 'error',
    },
  },
  {
    // Tests are tables and stories: long functions and files read better whole than cut up.
    files: ['test/**/*.ts', 'bench/**/*.ts', '*.config.ts'],
    rules: {
      'max-lines-per-function': 'off',
      'max-lines': 'off',
      // A table's columns and a property's inputs arrive as parameters.
      'max-params': 'off',
      'no-restricted-syntax': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
);
