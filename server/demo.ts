import { pickEnvironment } from './config.js';
import { startDemo, type Demo } from './demo/start.js';
import { ConfigError } from './errors.js';
import { stopOnSignals } from './stop-on-signals.js';

const introduction = ({ url, email, password, hecToken }: Demo): string => `
Hookwatch’s demo is ready at ${url}

  Email     ${email}
  Password  ${password}

Acme and its child accounts Acme EU and Acme US get one or two security events a second.
  Acme     Security data lake and Splunk SOC work. Ticketing is down now and then: watch the retries.
  Acme EU  Risk scoring is slow, and sometimes too slow.
  Acme US  Splunk US has an old token, so its deliveries are held. Save this Secret Key there, and they go out:
           ${hecToken}

Ctrl-C ends the demo and removes its data.
`;

let demo: Demo | undefined;
stopOnSignals(async () => demo?.dispose());
try {
  demo = await startDemo(pickEnvironment('PORT', 'HOST', 'LOG_LEVEL'));
  console.log(introduction(demo));
} catch (error) {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') console.error(`The demo cannot start: ${message}. Set PORT to another one.`);
  else console.error(error instanceof ConfigError ? `The demo cannot start: ${message}` : error);
  process.exit(1);
}
