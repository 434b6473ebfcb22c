/** Somebody who uses the GraphQL API over HTTP. */
export interface Api {
  /** Sends an operation; throws what the API refuses. */
  send<T>(query: string, variables?: object): Promise<T>;
  /** The same API as a program sees it, with a token. */
  withToken(token: string): Api;
}

interface Answer {
  data?: Record<string, { userErrors?: UserError[]; results?: Array<{ userErrors: UserError[] }> } | null>;
  errors?: UserError[];
}

interface UserError {
  message: string;
}

/** Connects to the server at `url`; a session that an answer opens is kept. */
export function createApi(url: string, token?: string): Api {
  let cookie = '';
  return {
    async send<T>(query: string, variables: object = {}) {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(token === undefined ? { cookie } : { authorization: `Bearer ${token}` }),
        },
        body: JSON.stringify({ query, variables }),
      });
      cookie = response.headers.get('set-cookie')?.split(';')[0] ?? cookie;
      const answer = (await response.json()) as Answer;
      const [problem] = problemsOf(answer);
      if (problem) throw new Error(`The API refused it: ${problem.message}`);
      return answer.data as T;
    },
    withToken: (secret) => createApi(url, secret),
  };
}

const problemsOf = ({ data, errors = [] }: Answer): UserError[] => [
  ...errors,
  ...Object.values(data ?? {}).flatMap((payload) => [
    ...(payload?.userErrors ?? []),
    ...(payload?.results ?? []).flatMap(({ userErrors }) => userErrors),
  ]),
];
