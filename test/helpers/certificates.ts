import { readFileSync } from 'node:fs';

const fileOf = (name: string): URL => new URL(`../../../test/helpers/tls/${name}.pem`, import.meta.url);

const read = (name: string): string => readFileSync(fileOf(name), 'utf8');

/** The authority that signed `certificateOf`'s certificates, except `self-signed`. */
export const authorityFile = fileOf('ca');
export const authority = read('ca');

/** A certificate for `hooks.test` (or with one thing wrong about it) and its key; `tls/make.sh` made them. */
export const certificateOf = (
  name: 'valid' | 'expired' | 'future' | 'other-host' | 'self-signed',
): { cert: string; key: string } => ({ cert: read(name), key: read('key') });
