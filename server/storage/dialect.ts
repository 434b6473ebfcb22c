/** The families of SQL that storage speaks; MariaDB counts as `mysql` wherever they agree. */
export type Dialect = 'sqlite' | 'mysql';

/** How the columns of a migration are written on each engine. */
const columnTypes = {
  sqlite: {
    id: 'varchar(30)',
    time: 'bigint',
    text: 'varchar(255)',
    key: 'varchar(320)',
    longText: 'text',
    bytes: 'blob',
    integer: 'integer',
    float: 'double',
    boolean: 'boolean',
  },
  mysql: {
    id: 'varchar(30)',
    time: 'bigint',
    text: 'varchar(255)',
    key: 'varchar(320)',
    longText: 'mediumtext',
    bytes: 'mediumblob',
    integer: 'int',
    float: 'double',
    boolean: 'tinyint(1)',
  },
} as const;

/** A column's type; `?` at the end makes it nullable. */
export type ColumnType = keyof (typeof columnTypes)['sqlite'] | `${keyof (typeof columnTypes)['sqlite']}?`;

/** A table as a migration declares it. */
export interface TableDefinition {
  columns: Record<string, ColumnType>;
  primary: string[];
  /** Rows of a kilobyte and more; SQLite then keeps them apart from the key, where they need no overflow pages. */
  longRows?: true;
  unique?: Record<string, string[]>;
  indexes?: Record<string, string[]>;
  /** Indexes of rows whose first column is set, which are few. */
  sparseUnique?: Record<string, string[]>;
}

function columnSql(dialect: Dialect, name: string, type: ColumnType): string {
  const base = type.replace('?', '') as keyof (typeof columnTypes)['sqlite'];
  return `${name} ${columnTypes[dialect][base]} ${type.endsWith('?') ? 'null' : 'not null'}`;
}

/** Texts are the same when their bytes are, also where one ends with spaces, which `utf8mb4_bin` would overlook. */
const collations = { mariadb: 'utf8mb4_nopad_bin', mysql: 'utf8mb4_0900_bin' };

/** The statements that make a table unless it exists, so that an interrupted migration can be run again. */
export function createTableSql(
  engine: 'sqlite' | keyof typeof collations,
  table: string,
  definition: TableDefinition,
): string[] {
  const dialect: Dialect = engine === 'sqlite' ? engine : 'mysql';
  const unique = Object.entries(definition.unique ?? {});
  const indexes = Object.entries(definition.indexes ?? {});
  const sparse = Object.entries(definition.sparseUnique ?? {});
  const lines = [
    ...Object.entries(definition.columns).map(([name, type]) => columnSql(dialect, name, type)),
    `primary key (${definition.primary.join(', ')})`,
  ];
  if (engine !== 'sqlite') {
    lines.push(
      ...[...unique, ...sparse].map(([name, columns]) => `unique key ${name} (${columns.join(', ')})`),
    );
    lines.push(...indexes.map(([name, columns]) => `key ${name} (${columns.join(', ')})`));
    return [
      `create table if not exists ${table} (${lines.join(', ')}) engine=InnoDB default charset=utf8mb4 collate=${collations[engine]}`,
    ];
  }
  return [
    `create table if not exists ${table} (${lines.join(', ')}) ${definition.longRows ? '' : 'without rowid'}`,
    ...unique.map(
      ([name, columns]) => `create unique index if not exists ${name} on ${table} (${columns.join(', ')})`,
    ),
    ...sparse.map(
      ([name, columns]) =>
        `create unique index if not exists ${name} on ${table} (${columns.join(', ')}) where ${columns[0]} is not null`,
    ),
    ...indexes.map(
      ([name, columns]) => `create index if not exists ${name} on ${table} (${columns.join(', ')})`,
    ),
  ];
}
