import type { FastifyReply, FastifyRequest } from 'fastify';

/** How the session's token travels with a browser. */
export interface SessionCookie {
  read(request: FastifyRequest): string | undefined;
  writer(reply: FastifyReply): { set(token: string): void; clear(): void };
  /** For WebSockets, whose answers carry no cookies. */
  readOnly: { set(token: string): void; clear(): void };
}

const MAX_AGE_S = 7 * 24 * 3600;

/** `__Host-` and Secure behind TLS; on plain HTTP, as on localhost, browsers demand a plain name. */
export function sessionCookie(publicUrl: () => string): SessionCookie {
  const isSecure = (): boolean => publicUrl().startsWith('https:');
  const nameOf = (): string => (isSecure() ? '__Host-hookwatch' : 'hookwatch');
  const attributes = () => ({ path: '/', httpOnly: true, sameSite: 'lax', secure: isSecure() }) as const;
  const refuse = (): never => {
    throw new Error('Sign in and out over HTTP.');
  };
  return {
    read: (request) => request.cookies[nameOf()],
    writer: (reply) => ({
      set: (token) => void reply.setCookie(nameOf(), token, { ...attributes(), maxAge: MAX_AGE_S }),
      clear: () => void reply.clearCookie(nameOf(), attributes()),
    }),
    readOnly: { set: refuse, clear: refuse },
  };
}
