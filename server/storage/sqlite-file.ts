import { resolve } from 'node:path';

/** The file of a `sqlite:` URL. */
export const sqliteFile = (databaseUrl: string): string => resolve(databaseUrl.slice('sqlite:'.length));
