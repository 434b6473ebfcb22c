import dns from 'node:dns';

/* Asks the name server that this module's URL names, as a machine that is set up so does. */

const server = new URL(import.meta.url).searchParams.get('server')!;

Object.assign(dns.promises, {
  Resolver: class extends dns.promises.Resolver {
    constructor(options?: dns.ResolverOptions) {
      super(options);
      this.setServers([server]);
    }
  },
});
