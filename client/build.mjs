// Builds the client into dist/client, unless dist/client/index.html is newer than everything it is made of.
import { readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const sources = [here, `${here}../schema/schema.graphql`, `${here}../package-lock.json`];

/** When a file, or anything below a folder, last changed; in ms, 0 if there is no such file. @param {string} path */
function modifiedAt(path) {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats?.isDirectory()) return stats?.mtimeMs ?? 0;
  // A folder's own time tells of files that were removed.
  return readdirSync(path).reduce(
    (latest, name) => Math.max(latest, modifiedAt(`${path}/${name}`)),
    stats.mtimeMs,
  );
}

if (Math.max(...sources.map(modifiedAt)) >= modifiedAt(`${here}../dist/client/index.html`)) {
  const { build } = await import('vite');
  await build({ configFile: `${here}vite.config.ts`, logLevel: 'warn' });
}
