import { GraphQLScalarType, Kind } from 'graphql';
import { GraphQLDateTime, GraphQLJSON } from 'graphql-scalars';
import { UseMiddleware, type MiddlewareFn } from 'type-graphql';

/** An address as text: what an admin typed need not be a complete URL (`splunk.example.com`). */
export const UrlScalar = new GraphQLScalarType({
  name: 'URL',
  description: 'An address as text, such as https://hooks.example.com/x.',
  serialize: String,
  parseValue: String,
  parseLiteral: (node) => (node.kind === Kind.STRING ? node.value : null),
});

export const DateTimeScalar = new GraphQLScalarType({
  ...GraphQLDateTime.toConfig(),
  description: 'A point in time: ISO 8601, UTC, with milliseconds.',
});

export const JsonScalar = new GraphQLScalarType({
  ...GraphQLJSON.toConfig(),
  description: 'Any JSON value.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc8259',
});

const countBody: MiddlewareFn<{ countBody: (characters: number) => void }> = async ({ context }, next) => {
  context.countBody(0);
  const text = (await next()) as string | null;
  context.countBody(text?.length ?? 0);
  return text;
};

/** Counts a field's text as a body, of which an answer has only so much. */
export const CountedBody = (): PropertyDecorator & MethodDecorator => UseMiddleware(countBody);
