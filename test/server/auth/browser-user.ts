/** An answer of the API, whatever was asked. */
export interface Reply {
  data: unknown;
  errors?: Array<{ message: string; extensions: { code: string } }>;
}

/** Whoever uses the API: a person with a browser, or a program. */
export interface Asker {
  send(query: string, variables?: object): Promise<Reply>;
}

/** Somebody with a browser, who keeps the cookies the server sets. */
export interface BrowserUser extends Asker {
  cookie: string;
  send(query: string, variables?: object): Promise<Reply & { cookies: string[] }>;
}

export function createBrowserUser(url: string, cookie = ''): BrowserUser {
  const user: BrowserUser = {
    cookie,
    async send(query, variables) {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', cookie: user.cookie },
        body: JSON.stringify({ query, variables }),
      });
      const cookies = response.headers.getSetCookie();
      for (const set of cookies) user.cookie = set.slice(0, set.indexOf(';'));
      return { ...((await response.json()) as Reply), cookies };
    },
  };
  return user;
}

/** The code of the only error of a reply, or of the first user error of its only field; `none` without either. */
export function replyCode({ data, errors }: Reply): string {
  if (errors) return errors[0]!.extensions.code;
  const payloads = Object.values(data as Record<string, { userErrors?: Array<{ code: string }> } | null>);
  return payloads[0]?.userErrors?.[0]?.code ?? 'none';
}
