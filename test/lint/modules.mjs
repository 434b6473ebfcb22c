import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, extname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

/** The repository's root, where the globs of the import table begin. */
export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/[\\/]$/, '');

/**
 * @typedef {object} Import
 * @property {string} specifier as written
 * @property {boolean} typeOnly erased by the compiler
 */

/** A file's path from the repository's root, with slashes. @param {string} file */
export const pathFromRoot = (file) => relative(root, file).split(sep).join('/');

/**
 * The file that a relative specifier names, or `undefined` for a package or a missing file.
 * @param {string} specifier
 * @param {string} importer absolute path
 */
export function resolveModule(specifier, importer) {
  if (!specifier.startsWith('.')) return undefined;
  const target = join(dirname(importer), specifier.replace(/\?.*$/, ''));
  const source = extname(target) === '.js' ? `${target.slice(0, -3)}.ts` : target;
  return [source, target, `${target}.ts`, `${target}.vue`, join(target, 'index.ts')].find(isFile);
}

/** @type {Map<string, { modified: number, imports: Import[] }>} */
const parsed = new Map();

/** The imports of a file on disk, parsed again only when it changed. @param {string} file @returns {Import[]} */
function importsOf(file) {
  const modified = statSync(file).mtimeMs;
  const known = parsed.get(file);
  if (known?.modified === modified) return known.imports;
  const imports = readImports(readFileSync(file, 'utf8'), file);
  parsed.set(file, { modified, imports });
  return imports;
}

/**
 * The shortest way from a module to another along imports that exist at run time, both ends included.
 * @param {string} from
 * @param {string} to
 * @returns {string[] | undefined}
 */
export function importPath(from, to) {
  /** @type {Map<string, string | undefined>} */
  const reachedFrom = new Map([[from, undefined]]);
  for (const file of reachedFrom.keys()) {
    if (file === to) return trace(file, reachedFrom);
    for (const { specifier, typeOnly } of importsOf(file)) {
      const next = typeOnly ? undefined : resolveModule(specifier, file);
      if (next !== undefined && isCode(next) && !reachedFrom.has(next)) reachedFrom.set(next, file);
    }
  }
  return undefined;
}

/** @param {string} end @param {Map<string, string | undefined>} reachedFrom */
function trace(end, reachedFrom) {
  const path = [];
  for (let file = /** @type {string | undefined} */ (end); file; file = reachedFrom.get(file))
    path.unshift(file);
  return path;
}

/** @param {string} text @param {string} file @returns {Import[]} */
function readImports(text, file) {
  const code = file.endsWith('.vue') ? scriptsOf(text) : text;
  const source = ts.createSourceFile(file, code, ts.ScriptTarget.Latest, false, ts.ScriptKind.TS);
  /** @type {Import[]} */
  const imports = [];
  for (const statement of source.statements) {
    if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) continue;
    const { moduleSpecifier } = statement;
    if (!moduleSpecifier || !ts.isStringLiteral(moduleSpecifier)) continue;
    const typeOnly = ts.isImportDeclaration(statement)
      ? statement.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword
      : statement.isTypeOnly;
    imports.push({ specifier: moduleSpecifier.text, typeOnly });
  }
  return imports;
}

/** @param {string} text */
const scriptsOf = (text) =>
  [...text.matchAll(/<script[^>]*>([\s\S]*?)<\/script>/g)].map((match) => match[1]).join('\n');

/** @param {string} file */
const isCode = (file) => /\.(ts|vue|mjs)$/.test(file);

/** @param {string} path */
const isFile = (path) => existsSync(path) && statSync(path).isFile();
