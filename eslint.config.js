import js from '@eslint/js';
import vue from 'eslint-plugin-vue';
import { defineConfig, globalIgnores } from 'eslint/config';
import typescript from 'typescript-eslint';
import imports from './test/lint/plugin.mjs';

const nodeGlobals = ['process', 'console', 'URL', 'setTimeout', 'clearTimeout', 'Buffer', 'fetch'];

export default defineConfig(
  globalIgnores(['dist/', 'data/', 'client/graphql/generated.ts', 'client/public/']),
  { linterOptions: { reportUnusedDisableDirectives: 'error', noInlineConfig: true } },
  js.configs.recommended,
  {
    files: ['**/*.ts', '**/*.vue', 'test/**/*.mjs'],
    extends: [typescript.configs.recommendedTypeChecked],
    languageOptions: {
      parserOptions: {
        projectService: true,
        extraFileExtensions: ['.vue'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-import-type-side-effects': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      // What `createX` returns is a plain object without `this`.
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/require-await': 'off',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
  {
    files: ['**/*.vue'],
    extends: [vue.configs['flat/recommended']],
    languageOptions: { parserOptions: { parser: typescript.parser } },
    // Prettier decides the layout.
    rules: { ...vue.configs['no-layout-rules'].rules, 'no-undef': 'off' },
  },
  {
    files: ['test/**'],
    // Chai asserts with expressions: `expect(x).to.be.true`.
    rules: { '@typescript-eslint/no-unused-expressions': 'off' },
  },
  {
    files: ['**/*.mjs', '*.js'],
    languageOptions: { globals: Object.fromEntries(nodeGlobals.map((name) => [name, 'readonly'])) },
    // The compiler believes types in comments; this rule does not see them.
    rules: { '@typescript-eslint/no-unsafe-assignment': 'off' },
  },
  {
    files: ['server/**', 'client/**', 'test/**'],
    plugins: { imports },
    rules: { 'imports/layers': 'error', 'imports/no-cycles': 'error' },
  },
  {
    files: ['server/**'],
    ignores: ['server/config.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Read it in config.ts.' },
        { object: 'URL', property: 'canParse', message: 'Use parseUrl of url.ts, which says why.' },
      ],
    },
  },
);
