import {
  createSourceEventStream,
  execute,
  getOperationAST,
  Kind,
  print,
  visit,
  type ASTNode,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type OperationDefinitionNode,
} from 'graphql';
import { endable } from './topics.js';

/** Executes subscriptions as graphql-js does, but what is the same for several subscribers only once. */
export interface SharedAnswers {
  subscribe(args: ExecutionArgs): Promise<AsyncGenerator<ExecutionResult, void, void> | ExecutionResult>;
  /** An answer as JSON; made once for each. */
  textOf(answer: ExecutionResult): Buffer;
}

/** What an answer may depend on besides the operation and the value it is about. */
export interface Rights<C> {
  /** All of it, as text. */
  key: string;
  /** Knows no more than the key says. */
  context: C;
}

export interface SharedAnswersDeps<C> {
  rightsOf: (context: C) => Rights<C>;
  /** Turns a result into what is shown of it. */
  present: (result: ExecutionResult) => ExecutionResult;
}

/**
 * One value of a stream is executed once for each operation and each set of rights, in a context that knows nothing
 * about a single subscriber: whoever asks the same of the same value with the same rights gets the same answer.
 * Whether a subscriber may still see a value at all, its own stream decides before it yields it.
 */
export function createSharedAnswers<C>({ rightsOf, present }: SharedAnswersDeps<C>): SharedAnswers {
  const answers = new WeakMap<object, Map<string, Promise<ExecutionResult>>>();
  const texts = new WeakMap<ExecutionResult, Buffer>();

  function answer(value: object, operation: string, args: ExecutionArgs): Promise<ExecutionResult> {
    const { key, context } = rightsOf(args.contextValue as C);
    const ofValue = answers.get(value) ?? new Map<string, Promise<ExecutionResult>>();
    answers.set(value, ofValue);
    const whole = `${key}\n${operation}`;
    const known = ofValue.get(whole);
    if (known) return known;
    const made = Promise.resolve(execute({ ...args, rootValue: value, contextValue: context })).then(present);
    ofValue.set(whole, made);
    return made;
  }

  async function* answerAll(
    values: AsyncIterable<unknown>,
    args: ExecutionArgs,
  ): AsyncGenerator<ExecutionResult, void, void> {
    const operation = operationKey(args);
    for await (const value of values) yield await answer(Object(value) as object, operation, args);
  }

  return {
    async subscribe(args) {
      const source = await createSourceEventStream(args);
      if (!(Symbol.asyncIterator in source)) return source;
      return endable(answerAll(source, args), () => void source[Symbol.asyncIterator]().return?.());
    },
    textOf(result) {
      const text = texts.get(result) ?? Buffer.from(JSON.stringify(result));
      texts.set(result, text);
      return text;
    },
  };
}

/** Two operations with the same key ask the same of a value. */
function operationKey({ document, operationName, variableValues }: ExecutionArgs): string {
  const names = variablesIn(document, getOperationAST(document, operationName)!);
  return JSON.stringify([
    document.loc?.source.body ?? print(document),
    operationName,
    names.map((name) => [name, variableValues?.[name]]),
  ]);
}

/** The variables that an answer depends on: what the root field's arguments say, its stream has seen to. */
function variablesIn(document: DocumentNode, { selectionSet }: OperationDefinitionNode): string[] {
  const names = new Set<string>();
  const collect = (node: ASTNode): void => {
    visit(node, { Variable: ({ name }) => void names.add(name.value) });
  };
  for (const selection of selectionSet.selections)
    collect(selection.kind === Kind.FIELD ? { ...selection, arguments: [] } : selection);
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) collect(definition);
  return [...names].sort();
}
