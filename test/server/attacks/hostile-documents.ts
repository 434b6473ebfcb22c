/** A document that asks for too much, and what the refusal says. */
export interface HostileDocument {
  title: string;
  query: string;
  variables?: object;
  refusal: RegExp;
}

const nested = (field: string, depth: number, inside = 'id'): string =>
  `${`${field} { `.repeat(depth)}${inside}${' }'.repeat(depth)}`;

const times = (count: number, make: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => make(index)).join(' ');

/** Each fragment spreads the next one twice: with 30 of them, a thousand million fields. */
const bomb = (fragments: number): string =>
  `{ node(id: "x") { ...F0 } } ${times(
    fragments,
    (index) => `fragment F${index} on Node { ...F${index + 1} ...F${index + 1} }`,
  )} fragment F${fragments} on Node { id }`;

/** The same, where every level nests the next in fields of other names. */
const nestedBomb = `{ account(id: "x") { ...A0 } } ${times(
  11,
  (index) =>
    `fragment A${index} on Account { ${times(8, (alias) => `a${alias}: parent { ...A${index + 1} }`)} }`,
)} fragment A11 on Account { id }`;

const PAGE = 'edges { node { account { id } } }';

export const hostileDocuments: HostileDocument[] = [
  { title: '100 aliases', query: `{ ${times(100, (n) => `a${n}: __typename`)} }`, refusal: /aliases/ },
  {
    title: '31 aliases below the root',
    query: `{ viewer { ${times(31, (n) => `a${n}: isOperator`)} } }`,
    refusal: /31 aliases/,
  },
  {
    title: 'aliases hidden in fragments',
    query: `{ viewer { ...A } v: viewer { ...A } } fragment A on Viewer { ${times(16, (n) => `a${n}: isOperator`)} }`,
    refusal: /33 aliases/,
  },
  {
    title: '21 fields at the root',
    query: `{ ${times(21, () => '__typename')} }`,
    refusal: /21 fields at the root/,
  },
  {
    title: '21 mutations in one document',
    query: `mutation { ${times(21, (n) => `m${n}: signOut`)} }`,
    refusal: /21 fields at the root|HTTP/,
  },
  {
    title: '60 sign-ins under aliases',
    query: `mutation { ${times(60, (n) => `m${n}: signIn(input: { email: "a", password: "${n}" }) { viewer { isOperator } }`)} }`,
    refusal: /aliases/,
  },
  {
    title: '200 directives on a field',
    query: `{ __typename ${'@include(if: true) '.repeat(200)} }`,
    refusal: /only be used once/,
  },
  {
    title: '950 unknown directives',
    query: `{ __typename ${'@a '.repeat(950)} }`,
    refusal: /Unknown directive/,
  },
  { title: '5,000 directives', query: `{ __typename ${'@a '.repeat(5_000)} }`, refusal: /token/ },
  {
    title: 'a fragment that contains itself',
    query: '{ node(id: "x") { ...A } } fragment A on Node { ...A }',
    refusal: /itself/,
  },
  {
    title: 'a cycle of three fragments',
    query:
      '{ node(id: "x") { ...A } } fragment A on Node { ...B } fragment B on Node { ...C } fragment C on Node { ...A }',
    refusal: /itself/,
  },
  { title: 'a fragment bomb', query: bomb(30), refusal: /With its fragments/ },
  { title: 'a fragment bomb of 60 fragments', query: bomb(60), refusal: /With its fragments/ },
  { title: 'a bomb of nested fragments', query: nestedBomb, refusal: /aliases|With its fragments/ },
  { title: 'a depth of 13', query: `{ account(id: "x") { ${nested('parent', 11)} } }`, refusal: /13 deep/ },
  {
    title: 'a depth of 600',
    query: `{ account(id: "x") { ${nested('parent', 600)} } }`,
    refusal: /602 deep/,
  },
  {
    title: 'a depth of 2,000',
    query: `{ account(id: "x") { ${nested('parent', 2_000)} } }`,
    refusal: /token/,
  },
  {
    title: 'a depth of 20 in fragments',
    query: `{ account(id: "x") { ...P0 } } ${times(20, (n) => `fragment P${n} on Account { parent { ...P${n + 1} } }`)} fragment P20 on Account { id }`,
    refusal: /22 deep/,
  },
  {
    title: '300 inline fragments around an unknown field',
    query: `{ viewer { ${nested('... on Viewer', 300, 'nothing')} } }`,
    refusal: /Cannot query field/,
  },
  { title: 'introspection', query: '{ __schema { types { name } } }', refusal: /Introspection/ },
  { title: 'introspection of a type', query: '{ __type(name: "User") { name } }', refusal: /Introspection/ },
  {
    title: 'introspection in a circle',
    query: `{ __schema { types { ${nested('fields { type', 20, 'name')}${' }'.repeat(20)} } } }`,
    refusal: /Introspection|introspection/,
  },
  {
    title: 'a page of 101',
    query: '{ attempts(first: 101) { edges { cursor } } }',
    refusal: /from 1 to 100/,
  },
  {
    title: 'a page of two thousand million',
    query: '{ attempts(first: 2000000000) { edges { cursor } } }',
    refusal: /from 1 to 100/,
  },
  { title: 'a page of -1', query: '{ attempts(first: -1) { edges { cursor } } }', refusal: /from 1 to 100/ },
  {
    title: 'an oversized page in a variable',
    query: 'query ($n: Int) { deliveries(last: $n) { edges { cursor } } }',
    variables: { n: 1_000_000 },
    refusal: /from 1 to 100/,
  },
  {
    title: 'a page of pages',
    query: `{ accounts(first: 100) { edges { node { webhooks(first: 100) { ${PAGE} } } } } }`,
    refusal: /costs \d+/,
  },
  {
    title: 'a page of pages in variables',
    query: `query ($n: Int) { accounts(first: $n) { edges { node { webhooks(first: $n) { ${PAGE} } } } } }`,
    variables: { n: 100 },
    refusal: /costs \d+/,
  },
  {
    title: 'a page of pages in fragments',
    query: `{ accounts(first: 100) { edges { node { ...A } } } } fragment A on Account { webhooks(first: 100) { ${PAGE} } }`,
    refusal: /costs \d+/,
  },
  {
    title: 'a page of pages of pages at the default size',
    query: `{ accounts { edges { node { webhooks { edges { node { deliveries { ${PAGE.replace('account', 'webhook')} } } } } } } } }`,
    refusal: /costs \d+/,
  },
  {
    title: 'counting the same long list for each of 100 accounts, six times',
    query: `{ accounts(first: 100) { edges { node { ${times(6, (n) => `c${n}: children(first: 1) { totalCount }`)} } } } }`,
    refusal: /costs \d+/,
  },
  { title: '3,000 tokens', query: `{ ${'__typename '.repeat(3_000)} }`, refusal: /token/ },
  {
    title: '1,000 unknown fields',
    query: `{ ${times(1_000, (n) => `x${n}`)} }`,
    refusal: /Cannot query field|at the root/,
  },
  {
    title: 'a misspelt field, without a hint of the right one',
    query: '{ viewr { isOperator } }',
    refusal: /^Cannot query field "viewr" on type "Query"\.$/,
  },
  {
    title: 'a misspelt argument, without a hint of the right one',
    query: '{ accounts(frist: 1) { totalCount } }',
    refusal: /^Unknown argument "frist" on field "Query\.accounts"\.$/,
  },
  {
    title: 'a misspelt value in a variable, without a hint of the right one',
    query: 'query ($f: AttemptFilter) { attempts(filter: $f) { totalCount } }',
    variables: { f: { outcomes: ['SUCCEDED'] } },
    refusal: /does not exist in "AttemptOutcome" enum\.$/,
  },
  {
    title: 'an unknown operation',
    query: 'query A { __typename } query B { __typename }',
    refusal: /operation/,
  },
];
