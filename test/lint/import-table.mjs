/**
 * Who may import whom. Paths are globs from the repository's root.
 *
 * `layers`: the first row whose `files` match a module decides what it may import; `types` are allowed to
 * `import type` only. `$own` stands for the module's own folder below `server/`.
 *
 * `reserved`: what only the named modules may import at all, or, of a package, only those `names`.
 */

const leaves = [
  'server/events/event-types.ts',
  'server/delivery/providers/**',
  'server/live/topics.ts',
  'server/webhooks/header-rules.ts',
];
const foundation = ['server/errors.ts', 'server/url.ts', 'server/config.ts', 'server/observability/**'];
const graphqlParts = ['server/scalars.ts', 'server/payloads.ts', 'server/connections.ts'];
const roots = [
  'server/{main,demo,admin,emit-schema,emit-settings}.ts',
  'server/demo/**',
  'server/{server,services,schema,context,http,graphql,document-limits,node.resolver}.ts',
];

/** @type {{ files: string[], may: string[], types?: string[] }[]} */
export const layers = [
  { files: roots, may: ['server/**'] },
  { files: ['server/errors.ts'], may: [] },
  { files: ['server/url.ts'], may: [] },
  { files: ['server/config-values.ts'], may: ['server/url.ts'] },
  { files: ['server/config.ts'], may: ['server/config-values.ts', 'server/errors.ts'] },
  { files: ['server/observability/**'], may: ['server/observability/**', 'server/errors.ts'] },
  { files: graphqlParts, may: ['server/errors.ts'] },
  {
    files: ['server/delivery/providers/**'],
    may: ['server/delivery/providers/**', 'server/webhooks/header-rules.ts', 'server/{errors,url}.ts'],
    types: ['server/**'],
  },
  { files: leaves, may: ['server/errors.ts'], types: ['server/**'] },
  {
    files: ['server/storage/**'],
    may: [
      '$own/**',
      ...foundation,
      'server/events/event-types.ts',
      'server/delivery/providers/{index,provider}.ts',
      'server/scalars.ts',
    ],
  },
  {
    files: ['server/{accounts,auth,webhooks,events,delivery}/*.resolver.ts'],
    may: ['$own/**', 'server/storage/**', 'server/auth/**', ...foundation, ...leaves, ...graphqlParts],
    types: ['server/context.ts'],
  },
  {
    files: ['server/live/**'],
    may: [
      '$own/**',
      'server/auth/**',
      'server/storage/**',
      'server/delivery/delivery.input.ts',
      ...foundation,
      ...leaves,
      ...graphqlParts,
    ],
    types: ['server/context.ts'],
  },
  {
    files: ['server/{accounts,auth,webhooks,events,delivery}/**'],
    may: ['$own/**', 'server/storage/**', ...foundation, ...leaves, ...graphqlParts],
  },
  // A new folder gets a row of its own.
  { files: ['server/**'], may: [] },
  { files: ['client/**'], may: ['client/**', 'schema/**'] },
  { files: ['test/**'], may: ['test/**', 'server/**', 'client/**', 'schema/**'] },
];

/** @type {{ module: string, names?: string[], only: string[] }[]} */
export const reserved = [
  // Resolvers share connection types; the layers keep that within a folder.
  { module: 'server/**/*.resolver.ts', only: [...roots, 'server/**/*.resolver.ts', 'test/**'] },
  { module: 'server/storage/dialect.ts', only: ['server/storage/**', 'server/delivery/queue*.ts'] },
  { module: 'got', only: ['server/delivery/http-client.ts', 'test/**'] },
  { module: 'better-sqlite3', only: ['server/storage/**', 'test/**'] },
  { module: 'mysql2', only: ['server/storage/**', 'test/**'] },
  { module: 'typeorm', names: ['DataSource', 'QueryRunner'], only: ['server/storage/**', 'test/**'] },
  { module: '{node:,}process', names: ['env'], only: ['server/config.ts', 'test/**'] },
];
