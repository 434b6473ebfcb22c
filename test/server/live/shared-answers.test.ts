import { expect } from 'chai';
import {
  GraphQLInt,
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLString,
  parse,
  type ExecutionArgs,
  type ExecutionResult,
} from 'graphql';
import { createSharedAnswers, type SharedAnswers } from '../../../server/live/shared-answers.js';

interface Viewer {
  name: string;
  rights: string;
}

/** A stream of objects whose one field tells who asked with what, and counts how often it was asked. */
function createCounted(values: readonly object[]): { schema: GraphQLSchema; asked: () => number } {
  let asked = 0;
  const item = new GraphQLObjectType<object, Viewer>({
    name: 'Item',
    fields: {
      seen: {
        type: GraphQLString,
        args: { with: { type: GraphQLInt } },
        resolve(_item, args: { with?: number }, { name, rights }) {
          asked += 1;
          return `${name} may ${rights} ${String(args.with)}`;
        },
      },
      broken: {
        type: GraphQLString,
        resolve() {
          throw new Error('hidden');
        },
      },
    },
  });
  const schema = new GraphQLSchema({
    query: new GraphQLObjectType({ name: 'Query', fields: { name: { type: GraphQLString } } }),
    subscription: new GraphQLObjectType({
      name: 'Subscription',
      fields: {
        items: {
          type: item,
          args: { after: { type: GraphQLInt } },
          subscribe: async function* () {
            yield* values;
          },
          resolve: (value: object) => value,
        },
      },
    }),
  });
  return { schema, asked: () => asked };
}

const SEEN = 'subscription ($after: Int, $n: Int) { items(after: $after) { seen(with: $n) } }';

describe('Subscribers of one stream', () => {
  let shared: SharedAnswers;
  let schema: GraphQLSchema;
  let asked: () => number;

  beforeEach(() => {
    ({ schema, asked } = createCounted([{}, {}]));
    shared = createSharedAnswers<Viewer>({
      rightsOf: ({ rights }) => ({ key: rights, context: { name: 'somebody', rights } }),
      present: (result) => (result.errors ? { ...result, errors: [] } : result),
    });
  });

  async function follow(
    rights: string,
    { query = SEEN, ...variableValues }: { query?: string; n?: number; after?: number } = {},
  ): Promise<ExecutionResult[]> {
    const contextValue: Viewer = { name: 'Ann', rights };
    const args: ExecutionArgs = { schema, document: parse(query), variableValues, contextValue };
    const answers = await shared.subscribe(args);
    if (!(Symbol.asyncIterator in answers)) throw new Error('It was refused.');
    const results: ExecutionResult[] = [];
    for await (const answer of answers) results.push(answer);
    return results;
  }

  it('get one answer where they ask the same with the same rights, which knows none of them', async () => {
    const [first, second] = [await follow('read', { n: 1 }), await follow('read', { n: 1, after: 7 })];
    expect(asked()).to.equal(2);
    expect(first[0]).to.equal(second[0]);
    expect(shared.textOf(first[0]!)).to.equal(shared.textOf(second[0]!));
    expect(shared.textOf(first[0]!).toString()).to.equal('{"data":{"items":{"seen":"somebody may read 1"}}}');
  });

  it('get their own where their rights differ', async () => {
    const [first, second] = [await follow('read', { n: 1 }), await follow('write', { n: 1 })];
    expect(asked()).to.equal(4);
    expect(first[0]!.data).to.deep.equal({ items: { seen: 'somebody may read 1' } });
    expect(second[0]!.data).to.deep.equal({ items: { seen: 'somebody may write 1' } });
  });

  it('get their own where variables below the root or documents differ', async () => {
    await follow('read', { n: 1 });
    const [other] = await follow('read', { n: 2 });
    expect(other!.data).to.deep.equal({ items: { seen: 'somebody may read 2' } });
    const [document] = await follow('read', { query: 'subscription { items { seen } }' });
    expect(document!.data).to.deep.equal({ items: { seen: 'somebody may read undefined' } });
    const fragment = 'subscription ($n: Int) { items { ...F } } fragment F on Item { seen(with: $n) }';
    const [third] = await follow('read', { query: fragment, n: 3 });
    const [fourth] = await follow('read', { query: fragment, n: 4 });
    expect(third!.data).to.deep.equal({ items: { seen: 'somebody may read 3' } });
    expect(fourth!.data).to.deep.equal({ items: { seen: 'somebody may read 4' } });
  });

  it('are shown of an error what is to be shown', async () => {
    const [answer] = await follow('read', { query: 'subscription { items { broken } }' });
    expect(answer).to.deep.equal({ data: { items: { broken: null } }, errors: [] });
  });
});
