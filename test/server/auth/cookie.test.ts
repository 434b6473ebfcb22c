import cookie from '@fastify/cookie';
import { expect } from 'chai';
import fastify, { type FastifyInstance } from 'fastify';
import { sessionCookie } from '../../../server/auth/cookie.js';

describe('The session’s cookie', () => {
  let app: FastifyInstance;
  const serve = async (publicUrl: string): Promise<void> => {
    const cookies = sessionCookie(() => publicUrl);
    app = fastify();
    await app.register(cookie);
    app.get('/set', (_request, reply) => {
      cookies.writer(reply).set('a-token');
      return '';
    });
    app.get('/clear', (_request, reply) => {
      cookies.writer(reply).clear();
      return '';
    });
    app.get('/read', (request) => cookies.read(request) ?? 'none');
  };
  const setBy = async (url: string): Promise<unknown> => (await app.inject(url)).headers['set-cookie'];
  const read = async (sent: string): Promise<string> =>
    (await app.inject({ url: '/read', headers: { cookie: sent } })).body;

  afterEach(() => app.close());

  it('behind TLS is bound to the host, Secure, HttpOnly and SameSite=Lax', async () => {
    await serve('https://hookwatch.example.com');
    expect(await setBy('/set')).to.equal(
      '__Host-hookwatch=a-token; Max-Age=604800; Path=/; HttpOnly; Secure; SameSite=Lax',
    );
    expect(await setBy('/clear'))
      .to.include('__Host-hookwatch=; Max-Age=0; Path=/;')
      .and.include('Secure');
    expect(await read('__Host-hookwatch=a-token')).to.equal('a-token');
  });

  it('behind TLS is not taken from a name that other hosts of the domain could set', async () => {
    await serve('https://hookwatch.example.com');
    expect(await read('hookwatch=planted')).to.equal('none');
  });

  it('on plain HTTP has a plain name, which browsers demand', async () => {
    await serve('http://localhost:4000');
    expect(await setBy('/set')).to.equal('hookwatch=a-token; Max-Age=604800; Path=/; HttpOnly; SameSite=Lax');
    expect(await read('hookwatch=a-token')).to.equal('a-token');
  });

  it('cannot be changed over a WebSocket', async () => {
    await serve('http://localhost:4000');
    const { readOnly } = sessionCookie(() => 'http://localhost:4000');
    expect(() => readOnly.set('a-token')).to.throw('over HTTP');
    expect(() => readOnly.clear()).to.throw('over HTTP');
  });
});
