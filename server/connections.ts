import { ArgsType, Field, Int, ObjectType, type ClassType } from 'type-graphql';
import type { SelectQueryBuilder, ObjectLiteral } from 'typeorm';
import { RequestError } from './errors.js';

/** Page sizes of every connection. */
export const DEFAULT_PAGE = 25;
export const MAX_PAGE = 100;

@ObjectType({ description: 'Where a page stands in its list, as Relay defines it.' })
export class PageInfo {
  @Field(() => Boolean, { description: 'Whether more follow after endCursor.' })
  hasNextPage!: boolean;

  @Field(() => Boolean, { description: 'Whether more stand before startCursor.' })
  hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true, description: 'The first edge’s cursor; null on an empty page.' })
  startCursor!: string | null;

  @Field(() => String, { nullable: true, description: 'The last edge’s cursor; null on an empty page.' })
  endCursor!: string | null;
}

@ArgsType()
export class ForwardPageArgs {
  @Field(() => Int, {
    nullable: true,
    description: 'At most this many from the start: 1 to 100, default 25.',
  })
  first?: number | null;

  @Field(() => String, { nullable: true, description: 'Only what comes after this cursor.' })
  after?: string | null;
}

@ArgsType()
export class PageArgs extends ForwardPageArgs {
  @Field(() => Int, { nullable: true, description: 'At most this many from the end: 1 to 100.' })
  last?: number | null;

  @Field(() => String, { nullable: true, description: 'Only what comes before this cursor.' })
  before?: string | null;
}

export interface Edge<T> {
  node: T;
  cursor: string;
}

/** A page of a list; reading `totalCount` counts, so it is read only when it is selected. */
export interface Connection<T> {
  edges: Edge<T>[];
  pageInfo: PageInfo;
  readonly totalCount: Promise<number>;
}

/** Makes the `XConnection` and `XEdge` types of a node type. */
export function connectionOf<T extends object>(node: ClassType<T>, name: string): ClassType<Connection<T>> {
  @ObjectType(`${name}Edge`, { description: `One ${name} in a list.` })
  class EdgeType implements Edge<T> {
    @Field(() => node, { description: 'The thing itself.' })
    node!: T;

    @Field(() => String, { description: 'Opaque; stays valid when others are added.' })
    cursor!: string;
  }

  @ObjectType(`${name}Connection`, { description: `A page of a list of ${name}.` })
  class ConnectionType implements Connection<T> {
    @Field(() => [EdgeType], { description: 'The page, in order.' })
    edges!: EdgeType[];

    @Field(() => PageInfo, { description: 'Where the page stands in the list.' })
    pageInfo!: PageInfo;

    @Field(() => Int, {
      complexity: 10,
      description: 'How many there are in all; computed only when selected.',
    })
    readonly totalCount!: Promise<number>;
  }
  return ConnectionType;
}

/** The same page with other nodes; what turns into null is left out. */
export function mapNodes<T, U>(page: Connection<T>, map: (node: T) => U | null): Connection<U> {
  return {
    edges: page.edges.flatMap(({ node, cursor }) => {
      const mapped = map(node);
      return mapped === null ? [] : [{ node: mapped, cursor }];
    }),
    pageInfo: page.pageInfo,
    get totalCount() {
      return page.totalCount;
    },
  };
}

const encodeCursor = (key: string): string => Buffer.from(key).toString('base64url');

/** The key inside a cursor; a cursor that is not ours is BAD_USER_INPUT. */
export function decodeCursor(cursor: string): string {
  const key = Buffer.from(cursor, 'base64url').toString('utf8');
  if (!/^[a-z]{3}_[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(key))
    throw new RequestError('BAD_USER_INPUT', `"${cursor.slice(0, 100)}" is no cursor of this API.`);
  return key;
}

/** The cursor that stands for a thing with this id. */
export const cursorOf = (node: { id: string }): string => encodeCursor(node.id);

function pageSize(page: PageArgs): number {
  const size = page.first ?? page.last ?? DEFAULT_PAGE;
  if (page.first != null && page.last != null)
    throw new RequestError('BAD_USER_INPUT', 'Give first or last, not both.');
  if (size < 1 || size > MAX_PAGE)
    throw new RequestError('BAD_USER_INPUT', `first and last must be from 1 to ${MAX_PAGE}.`);
  return size;
}

/** What pages are read from: things in the order of their ids. */
export interface PagedList<T> {
  /** How the list reads from its start. */
  order: 'ASC' | 'DESC';
  /** At most so many between two ids, neither included, from the end that the direction starts from. */
  read(range: {
    above: string | null;
    below: string | null;
    direction: 'ASC' | 'DESC';
    limit: number;
  }): Promise<T[]>;
  count(): Promise<number>;
}

export interface PageOptions {
  /** The column that orders the list and that cursors point to, such as `attempt.id`. */
  key: string;
  /** How the list reads from its start. */
  order: 'ASC' | 'DESC';
}

/** The list that a query finds as a whole. */
const listOf = <T extends ObjectLiteral>(
  query: SelectQueryBuilder<T>,
  { key, order }: PageOptions,
): PagedList<T> => ({
  order,
  read({ above, below, direction, limit }) {
    const page = query.clone();
    if (above !== null) page.andWhere(`${key} > :above`, { above });
    if (below !== null) page.andWhere(`${key} < :below`, { below });
    return page.orderBy(key, direction).take(limit).getMany();
  },
  count: () => query.getCount(),
});

/** Reads one page of a query by keyset, so that a page costs the same wherever it stands. */
export const paginate = <T extends ObjectLiteral & { id: string }>(
  query: SelectQueryBuilder<T>,
  page: PageArgs,
  options: PageOptions,
): Promise<Connection<T>> => paginateList(listOf(query, options), page);

/** Reads one page of a list. */
export async function paginateList<T extends { id: string }>(
  list: PagedList<T>,
  page: PageArgs,
): Promise<Connection<T>> {
  const size = pageSize(page);
  const backwards = page.last != null;
  const after = page.after == null ? null : decodeCursor(page.after);
  const before = page.before == null ? null : decodeCursor(page.before);
  const rows = await list.read({
    ...(list.order === 'ASC' ? { above: after, below: before } : { above: before, below: after }),
    direction: backwards === (list.order === 'ASC') ? 'DESC' : 'ASC',
    limit: size + 1,
  });
  const more = rows.length > size;
  const nodes = rows.slice(0, size);
  if (backwards) nodes.reverse();
  const edges = nodes.map((node) => ({ node, cursor: cursorOf(node) }));
  return {
    edges,
    pageInfo: {
      hasNextPage: backwards ? before !== null : more,
      hasPreviousPage: backwards ? more : after !== null,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
    get totalCount() {
      return list.count();
    },
  };
}
