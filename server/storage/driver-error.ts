/** The code that the database's driver gave an error, such as `SQLITE_BUSY` or `ER_LOCK_DEADLOCK`; '' for another error. */
export const driverCode = (error: unknown): string =>
  (error as { driverError?: { code?: string } }).driverError?.code ?? (error as { code?: string }).code ?? '';

/** Whether a write failed because another row has the same unique key. */
export const isDuplicateKey = (error: unknown): boolean =>
  ['ER_DUP_ENTRY', 'SQLITE_CONSTRAINT_UNIQUE', 'SQLITE_CONSTRAINT_PRIMARYKEY'].includes(driverCode(error));

const UNAVAILABLE = new Set([
  ...['SQLITE_FULL', 'SQLITE_READONLY', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND'],
  ...['EAI_AGAIN', 'EHOSTUNREACH', 'PROTOCOL_CONNECTION_LOST', 'PROTOCOL_SEQUENCE_TIMEOUT', 'POOL_CLOSED'],
  ...['ER_OPTION_PREVENTS_STATEMENT', 'ER_READ_ONLY_MODE', 'ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION'],
  ...['ER_CON_COUNT_ERROR', 'ER_SERVER_SHUTDOWN', 'ER_CONNECTION_KILLED', 'ER_LOCK_WAIT_TIMEOUT'],
  ...['ER_LOCK_DEADLOCK', 'ER_DISK_FULL', 'ER_RECORD_FILE_FULL'],
]);

/** Whether an operation failed because the database is away, locked, full or read-only: it may work later. */
export function isUnavailable(error: unknown): boolean {
  const code = driverCode(error);
  return UNAVAILABLE.has(code) || code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_IOERR');
}

/** What the engines and SQLite's driver say of a value that no column can hold, or of too much at once. */
const REFUSAL =
  /^(ER_(DATA_|WARN_DATA_|TRUNCATED_|BAD_NULL|CONSTRAINT_|INVALID_|NET_PACKET_TOO_LARGE|CANNOT_CONVERT_STRING)|SQLITE_(CONSTRAINT|TOOBIG|MISMATCH|RANGE))/;

/** Whether an operation failed because of what it was to write: it will never work. */
export const isRefusal = (error: unknown): boolean =>
  error instanceof TypeError || error instanceof RangeError || REFUSAL.test(driverCode(error));
