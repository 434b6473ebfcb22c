import { layers, reserved } from './import-table.mjs';
import { importPath, pathFromRoot, resolveModule } from './modules.mjs';

/** Refuses an import that no row of the import table allows. @type {import('eslint').Rule.RuleModule} */
const layersRule = {
  meta: { type: 'problem', schema: [] },
  create(context) {
    const from = pathFromRoot(context.filename);
    return onImports((node, { specifier, typeOnly, names }) => {
      const file = resolveModule(specifier, context.filename);
      const to = file === undefined ? specifier : pathFromRoot(file);
      const message = file === undefined ? undefined : refusedByLayer(from, to, typeOnly);
      const reason = message ?? refusedByReservation(from, to, names);
      if (reason !== undefined) context.report({ node, message: reason });
    });
  },
};

/** Refuses an import through which a module imports itself; types do not count. @type {import('eslint').Rule.RuleModule} */
const noCyclesRule = {
  meta: { type: 'problem', schema: [] },
  create(context) {
    return onImports((node, { specifier, typeOnly, lazy }) => {
      const file = typeOnly || lazy ? undefined : resolveModule(specifier, context.filename);
      const path = file === undefined ? undefined : importPath(file, context.filename);
      if (path === undefined) return;
      const cycle = [context.filename, ...path].map(pathFromRoot).join(' → ');
      context.report({ node, message: `import cycle: ${cycle}` });
    });
  },
};

export default { rules: { layers: layersRule, 'no-cycles': noCyclesRule } };

/**
 * @param {string} from
 * @param {string} to
 * @param {boolean} typeOnly
 */
function refusedByLayer(from, to, typeOnly) {
  const row = layers.find(({ files }) => matches(from, files, from));
  if (row === undefined || matches(to, row.may, from)) return undefined;
  if (!matches(to, row.types ?? [], from)) return `${from} may not import ${to} (test/lint/import-table.mjs)`;
  return typeOnly ? undefined : `${from} may import only types from ${to} (test/lint/import-table.mjs)`;
}

/**
 * @param {string} from
 * @param {string} to a path from the root or a package
 * @param {string[]} names
 */
function refusedByReservation(from, to, names) {
  const row = reserved.find(
    (candidate) =>
      (matches(to, [candidate.module], from) || to.startsWith(`${candidate.module}/`)) &&
      (candidate.names === undefined || candidate.names.some((name) => names.includes(name))),
  );
  if (row === undefined || matches(from, row.only, from)) return undefined;
  return `only ${row.only.join(', ')} may import ${row.names?.join(', ') ?? ''}${row.names ? ' of ' : ''}${to}`;
}

/**
 * @param {string} path
 * @param {string[]} globs
 * @param {string} importer whose folder `$own` stands for
 */
function matches(path, globs, importer) {
  const own = importer.split('/').slice(0, 2).join('/');
  return globs.some((glob) => toRegExp(glob.replace('$own', own)).test(path));
}

/** @type {Map<string, RegExp>} */
const patterns = new Map();

/** Knows `*`, `**` and `{a,b}`. @param {string} glob */
function toRegExp(glob) {
  const known = patterns.get(glob);
  if (known) return known;
  const source = glob
    .replace(/[.$+]/g, '\\$&')
    .replace(/\{([^}]*)\}/g, (_, /** @type {string} */ names) => `(${names.replaceAll(',', '|')})`)
    .replace(/\*\*\/?|\*/g, (star) => (star === '*' ? '[^/]*' : star === '**' ? '.*' : '(.*/)?'));
  const pattern = new RegExp(`^${source}$`);
  patterns.set(glob, pattern);
  return pattern;
}

/**
 * @typedef {object} ImportStatement
 * @property {string} specifier
 * @property {boolean} typeOnly erased by the compiler
 * @property {boolean} lazy loaded by `import()`
 * @property {string[]} names of the exports it takes
 */

/**
 * An import or re-export as the TypeScript parser gives it.
 * @typedef {import('estree').ImportDeclaration | import('estree').ExportNamedDeclaration
 *   | import('estree').ExportAllDeclaration | import('estree').ImportExpression} ImportNode
 */

/**
 * The listeners that tell every import and re-export of a module.
 * @param {(node: ImportNode, statement: ImportStatement) => void} visit
 * @returns {import('eslint').Rule.RuleListener}
 */
function onImports(visit) {
  /** @param {ImportNode & { importKind?: string, exportKind?: string }} node */
  const onStatement = (node) => {
    if (node.source?.type !== 'Literal') return;
    visit(node, {
      specifier: String(node.source.value),
      typeOnly: (node.importKind ?? node.exportKind) === 'type',
      lazy: node.type === 'ImportExpression',
      names: node.type === 'ImportDeclaration' ? node.specifiers.map(importedName) : [],
    });
  };
  return {
    ImportDeclaration: onStatement,
    ExportNamedDeclaration: onStatement,
    ExportAllDeclaration: onStatement,
    ImportExpression: onStatement,
  };
}

/** @param {import('estree').ImportDeclaration['specifiers'][number]} specifier */
const importedName = (specifier) =>
  specifier.type === 'ImportSpecifier' && specifier.imported.type === 'Identifier'
    ? specifier.imported.name
    : specifier.local.name;
